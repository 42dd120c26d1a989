"""A Python process with the SDK loaded that forks for each synthesis.

    python -P -B -X utf8 -c "from stigmer._program.synthesis import main; import sys;
        loaded = set(sys.modules); from stigmer._fork.zygote import serve;
        fork = serve(loaded); main(fork.searched); fork.end()"
        MAIN_FILE PROJECT_DIRECTORY SOCKET ECHO

SOCKET is the number of a Unix stream socket, ECHO that of the reading end of this process's own output.
Messages are lines of JSON. First:

    client  {"preload": [[name, file], …]}
    zygote  {"ready": true}, or {"not_forkable": why, "names": [package, …]} and the end

Then, for each synthesis, one after the other:

    client  {"out": directory, "cwd": directory}    with two descriptors: standard output and error, and
                                                    with "environ": variables that differ, if any do
    zygote  {"pid": number}                         of the fork; it leads a session and a group
    zygote  {"status": number}                      negative: a signal; the number stays in use until
    client  {"done": true}

Or, instead of a number: {"not_forkable": …} as above, or {"stale": file}: what was loaded has changed since.

The fork has been made before, see StandbyFork. Over a socket of its own:

    fork    {"leader": true}                        its session and group
    zygote  {"out": directory, "cwd": directory}    with the two descriptors

Just before its end it announces that (see ExitPipe), if nothing went wrong.
"""

# Paths are text here, and what a fork does is waited for at every edit.
# ruff: noqa: PTH118

from __future__ import annotations

import atexit
import json
import os
import select
import sys
from contextlib import suppress

from stigmer import Agent, Workflow, project
from stigmer._fork.channel import Channel, Message, connected
from stigmer._fork.ending import Ending
from stigmer._fork.preload import NotForkableError, Preloaded
from stigmer._fork.standby import ExitPipe, StandbyFork
from stigmer._program import encoding
from stigmer._program.loader import ProjectFiles
from stigmer._program.written import write_new
from stigmer_api.manifest_files import FORK_REPORT, OUT_DIR

NO_PROCESS: Message = {"not_forkable": "the system gives no further process", "names": []}


class ForkedProgram:
    """A process that is ready to be the program's."""

    def __init__(self, standby: StandbyFork, preloaded: Preloaded, ending: Ending) -> None:
        # Directories where a fresh process would have looked for modules.
        self.searched = preloaded.searched()
        self._process = os.getpid()
        self._standby, self._preloaded, self._ending = standby, preloaded, ending

    def end(self) -> None:
        """The program has come to its end, and nothing is wrong."""
        # Children that the program forks end here as well, and C code may have something left to do.
        if os.getpid() == self._process and not self._preloaded.brings_code():
            self._ending.end(self._standby.done)


def serve(loaded: set[str]) -> ForkedProgram:
    """Returns in every fork, and nowhere else."""
    _hide(set(sys.modules) - loaded)
    program, directory, number, echo = sys.argv[1:5]
    client = connected(int(number))
    sys.argv[:] = ["-c", program, directory]
    ending = Ending()
    preloaded = Preloaded(loaded, program, ProjectFiles(directory), int(echo))
    try:
        _check_system()
        preloaded.load(_receive(client)["preload"])
    except NotForkableError as error:
        client.send(_reasons(error))
        os._exit(0)
    os.close(int(echo))
    _warm_caches()
    ending.keep()
    client.send({"ready": True})
    exit_pipe = ExitPipe()
    while True:
        standby = _new_standby(exit_pipe)
        if standby is not None and standby.pid == 0:
            client.close()
            preloaded.randomness.renew()
            _exec_child(standby.wait(_warm_caches), preloaded)
            return ForkedProgram(standby, preloaded, ending)
        request = _receive(client)
        descriptors = client.descriptors()
        refusal = _refusal(standby, request, descriptors, preloaded)
        for descriptor in descriptors:
            os.close(descriptor)
        if standby is None or refusal is not None:
            client.send(refusal or NO_PROCESS)
        else:
            client.send({"pid": standby.pid})
            _supervise(standby, client, exit_pipe)


def _check_system() -> None:
    try:
        os.close(os.pidfd_open(os.getpid()))
    except (OSError, AttributeError) as error:
        raise NotForkableError(f"this system has no pidfd_open: {error}") from error


def _hide(names: set[str]) -> None:
    """What only this module needs, programs import for themselves."""
    for name in names:
        if not name.startswith("stigmer"):
            del sys.modules[name]


def _warm_caches() -> None:
    """Fills the caches that each program would have to fill."""
    declared = project.begin()
    Agent("warm-up", "Say something, and say it well.", tools=[_warm_caches])
    Workflow("warm-up").set("say", text="something")
    encoding.files_of(declared)
    project.begin()


def _new_standby(exit_pipe: ExitPipe) -> StandbyFork | None:
    with suppress(OSError):
        return StandbyFork(exit_pipe)
    return None


def _refusal(
    standby: StandbyFork | None, request: Message, descriptors: list[int], preloaded: Preloaded
) -> Message | None:
    """Why the program, which starts meanwhile, must not run in this fork; then it is stopped."""
    if standby is None:
        return NO_PROCESS
    if not standby.start(request, descriptors):
        standby.close()
        return {"stale": "its fork has died"}
    try:
        if not (changed := preloaded.stale()):
            preloaded.check_shadows()
            return None
        refusal: Message = {"stale": changed}
    except NotForkableError as error:
        refusal = _reasons(error)
    standby.kill()
    standby.close()
    return refusal


def _reasons(error: NotForkableError) -> Message:
    return {"not_forkable": str(error), "names": error.names}


def _exec_child(request: Message, preloaded: Preloaded) -> None:
    """From here on this is the program's process."""
    out = request["out"]
    os.chdir(request["cwd"])
    os.environ[OUT_DIR] = out
    # What differs from this process counts as set by the program: no library may have read it.
    process, environment, packages = os.getpid(), dict(os.environ), preloaded.packages()
    for name, value in request.get("environ", {}).items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value

    def report() -> None:
        # Children that the program forks end here as well.
        if os.getpid() != process:
            return
        found: Message = {"modules": preloaded.modules()}
        try:
            preloaded.check_end(packages, environment)
        except NotForkableError as error:
            found |= _reasons(error)
        with suppress(OSError):
            write_new(os.path.join(out, FORK_REPORT), json.dumps(found).encode())

    # The first that is registered runs last.
    atexit.register(report)


def _supervise(standby: StandbyFork, client: Channel, exit_pipe: ExitPipe) -> None:
    """Until the program has ended, or the client has gone."""
    ended = os.pidfd_open(standby.pid)
    try:
        waiting = select.poll()
        for number in (ended, client.number, exit_pipe.number):
            waiting.register(number, select.POLLIN)
        while True:
            ready = {number for number, _ in waiting.poll()}
            if exit_pipe.number in ready and exit_pipe.announced(standby.pid):
                status = 0
                break
            if ended in ready:
                status = _status(standby.pid)
                break
            if client.number in ready:  # it has gone
                standby.kill()
                os._exit(0)
        client.send({"status": status})
        _receive(client)
        standby.close()
    finally:
        os.close(ended)


def _status(child: int) -> int:
    """Its number stays in use, so that the client can safely signal the group."""
    ended = os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    assert ended is not None, "it waits"
    return ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status


def _receive(client: Channel) -> Message:
    """When the client goes, so do we."""
    message = client.receive()
    if message is None:
        os._exit(0)
    return message
