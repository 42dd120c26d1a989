"""`stigmer run --watch`: checks the flags, then starts the zygote and the loop."""

from __future__ import annotations

import sys
from importlib import import_module

import anyio
from anyio import to_thread

from devloop.cli.artifacts import artifacts_of
from devloop.cli.connect import open_connection
from devloop.cli.environment import asks_on
from devloop.cli.flags import WatchFlags
from devloop.cli.notify import verdicts_for
from devloop.cli.request import secrets
from devloop.cli.request_reader import RequestReader
from devloop.cli.show import gave_up, show_failure
from devloop.cli.watch_crash import record_faults
from devloop.loop.events import WatchNoted
from devloop.render.choose import live_output, run_renderer
from devloop.render.live.loop_view import LoopView
from devloop.render.loop import LoopScreen
from devloop.terminal.job_control import stay_stoppable
from devloop.terminal.standard import narrate
from devloop.terminal.stream import Terminal, standard_terminals
from runcmd.backend.channel import keep_channels
from runcmd.errors import RunError, UsageError
from runcmd.project import Project, ProjectRuntime
from runcmd.synthesis.forks.zygote import open_zygote
from stigmer_api.config_file import stigmer_home

PLEASE = "please report it and attach that file"


def watch(flags: WatchFlags) -> int:
    """The exit status."""
    out, err = standard_terminals()
    stay_stoppable()
    if flags.output.for_people:
        narrate()
    try:
        return _watch(flags, out, err)
    except RunError as error:
        return show_failure(run_renderer(flags.output, out, err, named=flags.named), error)


def _watch(flags: WatchFlags, out: Terminal, err: Terminal) -> int:
    reader = RequestReader(flags, asks_on(err))
    if flags.deployed and not flags.manifests:
        raise UsageError(
            "--watch and --deployed cannot be used together: the loop runs what the code says",
            code="E0102",
            hint="leave one of them out",
        )
    request = reader.begin()
    project = watched_project(request.project)
    _refuse_for_one_run(flags)
    verdicts = verdicts_for(flags, out, err)
    artifacts = artifacts_of(flags, err, goes_on=True)
    wants_keys = not flags.no_keys and flags.output.for_people and out.interactive
    screen = LoopScreen(
        flags.output,
        out,
        err,
        named=flags.named,
        clear=flags.clear,
        verdicts=verdicts,
        live=live_output(flags.output, out, err, LoopView(keys=wants_keys)),
        artifacts=artifacts,
    )
    screen.hide(secrets(request, reader.backend))
    attended = out.interactive and sys.stdin is not None and sys.stdin.isatty()
    with record_faults(stigmer_home() / "logs") as unreported:
        for file in unreported:
            screen.emit(WatchNoted(gen=0, text=f"an earlier watch loop crashed: {file}", hint=PLEASE))
        try:
            status, unwritable = anyio.run(_loop, project, reader, flags, screen, wants_keys, attended)
        finally:
            screen.give_back()
    if unwritable is not None:
        status = gave_up(unwritable)
    else:
        screen.close()
    if artifacts is not None:
        artifacts.close(status)
    return status


def watched_project(project: Project | None) -> Project:
    """Raises UsageError if there is nothing to watch."""
    if project is None:
        raise UsageError(
            "--watch needs a project",
            code="E0104",
            hint="start it in a directory with a Stigmer.yaml, or make one: stigmer new NAME",
        )
    if project.runtime is ProjectRuntime.FILES and not any(each.file for each in project.manifests):
        raise UsageError(
            "--watch has nothing to watch: standard input is read once",
            code="E0102",
            hint="write it to a file: -f FILE --watch",
        )
    return project


def _refuse_for_one_run(flags: WatchFlags) -> None:
    """Raises UsageError for options that a loop cannot have."""
    if flags.jobs is not None:
        raise UsageError(
            "--watch and --jobs cannot be used together", code="E0102", hint="leave one of them out"
        )
    if not flags.follow:
        raise UsageError(
            "--watch and --no-follow cannot be used together", code="E0102", hint="leave one of them out"
        )


async def _loop(
    project: Project,
    reader: RequestReader,
    flags: WatchFlags,
    screen: LoopScreen,
    wants_keys: bool,
    attended: bool,
) -> tuple[int, OSError | None]:
    async with open_zygote(project) as synthesizer:
        # The loop takes its time to be imported. In a thread: meanwhile, the zygote gets warm.
        await to_thread.run_sync(import_module, "devloop.cli.loop")
        from devloop.cli.loop import run_loop

        async with open_connection(reader.backend) as connect, keep_channels():
            return await run_loop(
                project, reader, flags, screen, connect, synthesizer, wants_keys=wants_keys, attended=attended
            )
