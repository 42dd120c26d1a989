"""Which options make no sense with --resume or --task?"""

from __future__ import annotations

from devloop.cli.flags import RunFlags, WatchFlags
from runcmd.errors import UsageError


def check_resuming(flags: RunFlags) -> None:
    """Of a command with --resume, --task or an option of these. Raises UsageError."""
    for option, given, needs, present in (
        ("--from", flags.from_task, "--resume ID", flags.resume),
        ("--yes", flags.yes, "--resume ID", flags.resume),
        ("--values", flags.values is not None, "--task TASK", flags.task),
    ):
        if given and not present:
            raise UsageError(
                f"{option} works only with {needs}", code="E0103", hint="add it, or leave the option out"
            )
    how = "--resume" if flags.resume else "--task"
    for option, given in (
        ("--all", flags.every),
        ("--interactive", flags.interactive),
        ("--session", flags.session),
        ("--task", flags.resume and flags.task),
        ("--attach", bool(flags.attach)),
        ("--prompt", bool(flags.prompt)),
        ("--ephemeral", flags.resume and flags.ephemeral),
        ("--file", bool(flags.resume and flags.manifests)),
        ("--watch", flags.resume and isinstance(flags, WatchFlags) and flags.watch),
    ):
        if given:
            raise _together(how, option)
    if flags.resume and flags.names:
        raise UsageError(
            "--resume and a name cannot be used together: the execution knows what it is of",
            code="E0102",
            hint=f"leave {flags.names[0]} out, or write --resume last:{flags.names[0]}",
        )
    if len(flags.names or ()) > 1:
        raise UsageError("--task is for one workflow", code="E0102", hint="name the one that has the task")


def _together(how: str, option: str) -> UsageError:
    hints = {
        "--watch": "with --watch, --task TASK runs one task again on each save",
        "--ephemeral": "nothing was executed there yet",
    }
    return UsageError(
        f"{how} and {option} cannot be used together",
        code="E0102",
        hint=hints.get(option, "leave one of them out"),
    )
