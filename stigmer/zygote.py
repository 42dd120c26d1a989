"""A Python process with the SDK loaded that forks for each synthesis.

    python -P -B -X utf8 -c "from stigmer.synthesis import main; import sys; loaded = set(sys.modules);
        from stigmer.zygote import serve; main(serve(loaded))" MAIN_FILE PROJECT_DIRECTORY SOCKET ECHO

SOCKET is the number of a Unix stream socket, ECHO that of the reading end of this process's own output.
Messages are lines of JSON. First:

    client  {"preload": [[name, file], …]}
    zygote  {"ready": true}, or {"unfit": why, "names": [package, …]} and the end

Then, for each synthesis, one after the other:

    client  {"out": directory, "cwd": directory}    with two descriptors: standard output and error
    fork    {"pid": number}                         it leads a session and a group
    zygote  {"status": number}                      negative: a signal; the number stays in use until
    client  {"done": true}

Or, instead of a fork: {"unfit": …} as above, or {"stale": file}: what was loaded is not what is there now.
"""

# Paths are text here, and what a fork does is waited for at every edit.
# ruff: noqa: PTH118, PTH123

from __future__ import annotations

import atexit
import gc
import json
import os
import select
import signal
import socket
import struct
import sys
from contextlib import suppress
from typing import Any, NoReturn

from stigmer import Agent, Workflow, encoding, project
from stigmer.loader import ProjectFiles
from stigmer.preload import Preloaded, UnfitError

REPORT = ".zygote"  # beside the manifest: {"modules": [[name, file], …], "unfit": why, "names": […]}
STDOUT, STDERR = 1, 2
TWO = "2i"  # descriptors
ESSENTIAL = ("sys", "builtins", "__main__")

Message = dict[str, Any]


def serve(loaded: set[str]) -> list[str]:
    """Returns in every fork, ready to be the program's process, and nowhere else.

    What it returns are the directories that a fresh process would have searched for modules.
    """
    _hide(set(sys.modules) - loaded)
    program, directory, number, echo = sys.argv[1:5]
    client = _Client(int(number))
    sys.argv[:] = ["-c", program, directory]
    kept = _Kept()
    preloaded = Preloaded(loaded, program, ProjectFiles(directory), int(echo))
    try:
        _check_system()
        preloaded.load(client.expect()["preload"])
    except UnfitError as unfit:
        client.tell(_told(unfit))
        os._exit(0)
    os.close(int(echo))
    _rehearse()
    kept.keep()
    client.tell({"ready": True})
    while True:
        request = client.expect()
        descriptors = client.descriptors()
        refusal, child = _fork(preloaded, request["cwd"])
        if child == 0:
            _become(request["out"], descriptors, client, preloaded)
            return preloaded.searched()
        for descriptor in descriptors:
            os.close(descriptor)
        if refusal is not None:
            client.tell(refusal)
        else:
            _attend(child, client)


def _check_system() -> None:
    try:
        os.close(os.pidfd_open(os.getpid()))
    except (OSError, AttributeError) as error:
        raise UnfitError(f"this system has no pidfd_open: {error}") from error


def _hide(names: set[str]) -> None:
    """What only this module needs, programs import for themselves."""
    for name in names:
        if not name.startswith(__package__):
            del sys.modules[name]


def _rehearse() -> None:
    """Fills the caches that each program would have to fill."""
    declared = project.begin()
    Agent("rehearsal", "Say something, and say it well.")
    Workflow("rehearsal").set("say", text="something")
    encoding.files_of(declared)
    project.begin()


class _Kept:
    """The modules of this process, which its forks do not take to pieces when they end.

    That would copy each page they are on, and take as long as the program. Made before any module is
    preloaded: of what happens at an exit, the first that is registered comes last.
    """

    def __init__(self) -> None:
        self._modules: dict[str, object] = {}
        self._itself = self  # a cycle: nobody frees it
        atexit.register(self._forget)

    def keep(self) -> None:
        """From now on nothing that exists is looked at by the garbage collector."""
        self._modules = {name: module for name, module in sys.modules.items() if name not in ESSENTIAL}
        gc.collect()
        gc.freeze()

    def _forget(self) -> None:
        for name, module in self._modules.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]


def _fork(preloaded: Preloaded, cwd: str) -> tuple[Message | None, int]:
    """Why not, or the child's number; in the child 0."""
    if changed := preloaded.stale():
        return {"stale": changed}, -1
    try:
        preloaded.check_shadows()
        os.chdir(cwd)
        return None, os.fork()
    except UnfitError as unfit:
        return _told(unfit), -1
    except OSError as error:
        return {"unfit": str(error), "names": []}, -1


def _told(unfit: UnfitError) -> Message:
    return {"unfit": str(unfit), "names": unfit.names}


def _become(out: str, descriptors: list[int], client: _Client, preloaded: Preloaded) -> None:
    """From here on this is the program's process."""
    os.setsid()
    os.dup2(descriptors[0], STDOUT)
    os.dup2(descriptors[1], STDERR)
    client.tell({"pid": os.getpid()})
    client.close()
    for descriptor in descriptors:
        os.close(descriptor)
    os.environ["STIGMER_OUT_DIR"] = out
    process, environment, packages = os.getpid(), dict(os.environ), preloaded.packages()

    def report() -> None:
        # Children that the program forks end here as well.
        if os.getpid() != process:
            return
        told: Message = {"modules": preloaded.modules()}
        try:
            preloaded.check_end(packages, environment)
        except UnfitError as unfit:
            told |= _told(unfit)
        with suppress(OSError), open(os.path.join(out, REPORT), "w", encoding="utf-8") as stream:
            json.dump(told, stream)

    # The first that is registered runs last.
    atexit.register(report)


def _attend(child: int, client: _Client) -> None:
    ended = os.pidfd_open(child)
    try:
        waiting = select.poll()
        waiting.register(ended, select.POLLIN)
        waiting.register(client.number, select.POLLIN)
        if not any(number == ended for number, _ in waiting.poll()):
            _end(child)  # the client has gone
        client.tell({"status": _status(child)})
        client.expect()
        os.waitpid(child, 0)
    finally:
        os.close(ended)


def _end(child: int) -> NoReturn:
    # It may not lead its group yet.
    os.kill(child, signal.SIGKILL)
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    os._exit(0)


def _status(child: int) -> int:
    """Its number stays in use, so that the client can safely signal the group."""
    ended = os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    assert ended is not None, "it waits"
    return ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status


class _Client:
    """The other end of the socket."""

    def __init__(self, number: int) -> None:
        self.number = number
        self._socket = socket.socket(fileno=number)
        self._data = b""
        self._descriptors: list[int] = []

    def expect(self) -> Message:
        """When the client goes, so do we."""
        while b"\n" not in self._data:
            try:
                # Not recv_fds(): it imports a module, where a program could see it.
                data, parts, _, _ = self._socket.recvmsg(1 << 16, socket.CMSG_LEN(struct.calcsize(TWO)))
            except ConnectionError:
                os._exit(0)
            if not data:
                os._exit(0)
            self._data += data
            self._descriptors += [number for _, _, part in parts for number in struct.unpack(TWO, part)]
        line, _, self._data = self._data.partition(b"\n")
        message: Message = json.loads(line)
        return message

    def tell(self, message: Message) -> None:
        with suppress(ConnectionError):
            self._socket.sendall(json.dumps(message).encode() + b"\n")

    def descriptors(self) -> list[int]:
        taken, self._descriptors = self._descriptors, []
        return taken

    def close(self) -> None:
        self._socket.close()
