"""Flags and files become a request and the backend that it goes to."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devloop.cli.argv import options_again
from devloop.cli.connect import BackendChoice, choose_backend, tokens
from devloop.cli.durations import seconds_of
from devloop.cli.environment import Ask, runtime_env
from devloop.cli.flags import RunFlags
from devloop.cli.input.approvals import read_approvals
from devloop.cli.input.files import files_of, from_pipes, with_places
from devloop.cli.project import find_file, open_project
from devloop.cli.texts import is_text
from runcmd.errors import UsageError
from runcmd.exchanges import Detail
from runcmd.project import Project
from runcmd.request import DEFAULT_MESSAGE, RunRequest, TaskInput, WantedLimit, WantedModel
from stigmer_api.config_file import config_file

if TYPE_CHECKING:
    from stigmer_api.attachments import Attachment


def read_request(
    flags: RunFlags,
    ask: Ask | None,
    *,
    file: Path | None = None,
    content_of: Callable[[Path], bytes] | None = None,
) -> tuple[RunRequest, BackendChoice]:
    """Checks everything about flags and files, before anything is deployed.

    Args:
        file: the project's Stigmer.yaml, where it is known already.
        content_of: reads a file that an option names. None: a pipe is waited for, if it was typed.

    Raises:
        UsageError: with what to type instead.
    """
    timeout = None if flags.timeout is None else seconds_of("--timeout", flags.timeout, plain=True)
    if flags.deployed:
        _check_deployed(flags)
    _check_targets(flags)
    file = find_file(flags.project) if file is None else file
    project = None if file is None else open_project(file, trust=flags.trust)
    backend = choose_backend(
        server=flags.server,
        ephemeral=flags.ephemeral,
        org=flags.org,
        project_org=project.organization if project else "",
        environ=os.environ,
        config=config_file(),
    )
    flags = with_places(flags)
    typed = files_of(flags)
    files = flags.env_file or ([project.run.env_file] if project and project.run.env_file else [])
    if content_of is None and typed:
        content_of = from_pipes(typed, flags.message)  # what a project names must be an ordinary file
    if flags.every and project is None:
        raise UsageError(
            "--all needs a project",
            code="E0104",
            hint="start it in a directory with a Stigmer.yaml, or make one: stigmer new NAME",
        )
    env = runtime_env(flags.env or (), files, os.environ, ask, content_of)
    request = RunRequest(
        project=_project(None if flags.deployed else project, flags, content_of),
        selector=flags.names[0] if flags.names else None,
        others=tuple(flags.names[1:]) if flags.names else (),
        every=flags.every,
        session=flags.session,
        **_said(flags, content_of),
        **_inputs(flags, content_of),
        **_of_agents(flags, content_of),
        env=env,
        follow=flags.follow,
        org=backend.org,
        timeout=timeout,
        default=project.run.default if project else None,
        detail=detail_of(flags.verbose),
        typed="" if flags.names else options_again("run", sys.argv[1:]),
    )
    return request, backend


def detail_of(verbose: int) -> Detail:
    """What `-v`, `-vv` and more of them mean."""
    return Detail(min(verbose, Detail.BODIES))


def secrets(request: RunRequest, backend: BackendChoice) -> frozenset[str]:
    """The values that must never be shown."""
    return frozenset({variable.value for variable in request.env if variable.secret} - {""}) | tokens(backend)


def _check_targets(flags: RunFlags) -> None:
    if flags.every and flags.names:
        raise UsageError(
            "--all and a name cannot be used together", code="E0102", hint="leave one of them out"
        )
    if flags.every and flags.manifests:
        raise UsageError(
            "--all and --file cannot be used together",
            code="E0102",
            hint="name what is to run: stigmer run -f FILE NAME NAME",
        )
    if flags.jobs is not None and not flags.every and len(flags.names or ()) < 2:
        raise UsageError("--jobs is for several targets", code="E0103", hint="name them, or use --all")
    if flags.resume or flags.task or flags.from_task or flags.values is not None or flags.yes:
        from devloop.cli.resuming.refusals import check_resuming

        check_resuming(flags)
    if flags.interactive or flags.session:
        from devloop.cli.chat.refusals import check_conversation

        check_conversation(flags)


def _check_deployed(flags: RunFlags) -> None:
    if not flags.names and not flags.session and not flags.manifests:
        raise UsageError(
            "--deployed needs a name or an id", code="E0103", hint="write: stigmer run --deployed NAME_OR_ID"
        )
    if flags.ephemeral and not flags.manifests:
        raise UsageError(
            "--deployed and --ephemeral cannot be used together: nothing is deployed there yet",
            code="E0102",
            hint="leave one of them out",
        )


def _project(
    project: Project | None, flags: RunFlags, content_of: Callable[[Path], bytes] | None
) -> Project | None:
    """With the manifests of files, which may be all that there is."""
    if not flags.manifests:
        return project
    from devloop.cli import dotenv
    from devloop.cli.input.manifests import with_manifests

    return with_manifests(project, flags.manifests, content_of or dotenv.whole)


def _of_agents(flags: RunFlags, content_of: Callable[[Path], bytes] | None) -> dict[str, Any]:
    """Fields of the request: what its agents ask and may use, whatever they say."""
    return {"models": _models(flags.model, content_of), "limits": _limits(flags)}


def _models(texts: list[str] | None, content_of: Callable[[Path], bytes] | None) -> tuple[WantedModel, ...]:
    if not texts:
        return ()
    from devloop.cli import dotenv
    from devloop.cli.input.models import read_models

    return read_models(texts, content_of or dotenv.whole)


def _limits(flags: RunFlags) -> tuple[WantedLimit, ...]:
    said = {
        "steps": flags.max_steps,
        "tokens": flags.max_tokens,
        "cost": flags.max_cost,
        "tool_calls": flags.max_tool_calls,
    }
    if not any(said.values()):
        return ()
    from runcmd.limits import parse_limit

    return tuple(parse_limit(name, text) for name, texts in said.items() for text in texts or ())


def _attachments(
    files: list[Path] | None, content_of: Callable[[Path], bytes] | None
) -> tuple[Attachment, ...]:
    if not files:
        return ()
    from devloop.cli import dotenv
    from devloop.cli.input.attached import attachments_of

    return attachments_of(files, content_of or dotenv.whole)


def _said(flags: RunFlags, content_of: Callable[[Path], bytes] | None) -> dict[str, Any]:
    """Fields of the request: the message, and what goes beside it."""
    message = DEFAULT_MESSAGE if flags.message is None else _message(flags.message)
    beside = _attachments(flags.attach, content_of)
    if flags.prompt or flags.prompt_arg:
        from devloop.cli.input.prompts import with_prompt

        prompt, message = with_prompt(flags, message)
        beside = (*beside, prompt)
    return {"message": message, "attachments": beside}


def _inputs(flags: RunFlags, content_of: Callable[[Path], bytes] | None) -> dict[str, Any]:
    """Fields of the request: of an agent's calls, of the workflow, or of one of its tasks."""
    found: dict[str, Any] = {
        "task": flags.task,
        "from_task": flags.from_task,
        "approvals": read_approvals(flags),
    }
    if flags.input is None and flags.values is None:
        return found
    from devloop.cli import dotenv
    from devloop.cli.input.argument import read_input, read_value

    content = content_of or dotenv.whole
    if flags.values is not None:
        found["values"] = read_input(flags.values, content, "--values")
    if flags.input is not None and (flags.task or flags.resume):
        found["task_input"] = TaskInput(value=read_value(flags.input, content))
    elif flags.input is not None:
        found["input"] = read_input(flags.input, content)
    return found


def _message(text: str) -> str:
    if text == "-":
        try:
            text = sys.stdin.read().removesuffix("\n")
        except (OSError, ValueError) as error:
            raise UsageError(f"cannot read the message from standard input: {error}", code="E0111") from error
    if not is_text(text):
        raise UsageError(
            "the message is not UTF-8 text", code="E0109", hint="convert it, for instance with iconv"
        )
    if not text.strip():
        raise UsageError(
            "the message is empty", code="E0110", hint="give --message some text, or leave it out"
        )
    return text
