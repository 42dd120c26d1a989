"""Which options make no sense for a conversation?"""

from __future__ import annotations

from devloop.cli.flags import RunFlags
from runcmd.errors import UsageError

TALK = "stigmer run NAME -i"


def check_conversation(flags: RunFlags) -> None:
    """Of a command with --interactive or --session. Raises UsageError."""
    how = "--interactive" if flags.interactive else "--session"
    if flags.every or len(flags.names or ()) > 1:
        raise UsageError(f"{how} is for one agent", code="E0102", hint=f"name the one to talk with: {TALK}")
    if flags.session and flags.ephemeral:
        raise UsageError(
            "--session and --ephemeral cannot be used together: nothing was said there yet",
            code="E0102",
            hint="leave one of them out",
        )
    if not flags.interactive:
        if flags.message is None and not flags.prompt:
            raise UsageError(
                "--session needs something to say",
                code="E0103",
                hint=f"add -m TEXT, or -i to talk: stigmer run --session {flags.session} -i",
            )
        return
    if not flags.follow:
        raise UsageError(
            "--interactive and --no-follow cannot be used together",
            code="E0102",
            hint="leave one of them out",
        )
    if flags.message == "-":
        raise UsageError(
            "--interactive and --message - both read standard input",
            code="E0102",
            hint="leave --message out: each line of standard input is a message",
        )
    for option, given, instead in (
        ("--notify", flags.notify, "leave it out"),
        ("--input", flags.input is not None, "say it in a message"),
        ("--report", flags.report, "type /save FILE.json in the conversation"),
        ("--save-transcript", flags.transcript, "type /save FILE in the conversation"),
    ):
        if given:
            raise UsageError(
                f"--interactive and {option} cannot be used together", code="E0102", hint=instead
            )
