"""`stigmer watch`: asks a watch loop that runs elsewhere, over its socket."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from devloop.cli.flags import SteerFlags, SteerRunFlags
from devloop.cli.project import find_file
from devloop.cli.show import show_failure
from devloop.loop.sockets import connected, live_sockets
from devloop.render.choose import run_renderer
from devloop.render.errors import error_block
from devloop.render.output import Output
from devloop.render.steered import state_lines
from devloop.render.words import duration
from devloop.terminal.stream import Style, Terminal, standard_terminals
from runcmd.errors import EXIT_FAILED, EXIT_INTERRUPTED, EXIT_OK, RunError, TargetError, UsageError
from stigmerd.daemon.errors import DaemonError
from stigmerd.daemon.place import DaemonPlace

ANSWER_SECONDS = 10.0
END_SECONDS = 15.0  # a loop takes 8 s at most to cancel what runs

Record = dict[str, Any]


Perform = Callable[["SteeredLoop", Terminal, Terminal], int]


class SteeredLoop:
    """A conversation with one."""

    def __init__(self, path: Path, connection: socket.socket) -> None:
        self.path = path
        self._connection = connection
        self._lines = connection.makefile("r", encoding="utf-8")
        self.state: Record = {}

    def ask(self, command: str, seconds: float | None = ANSWER_SECONDS, **more: object) -> Record:
        """Its answer. Raises RunError."""
        self._connection.settimeout(seconds)
        try:
            self._connection.sendall(json.dumps({"command": command, **more}).encode() + b"\n")
            line = self._lines.readline()
        except OSError as error:
            raise RunError(f"the watch loop at {self.path} does not answer", code="E0612") from error
        if not line:
            raise RunError("the watch loop ended before it answered", code="E0612")
        try:
            answer: Record = json.loads(line)
            refused = "" if answer["ok"] else str(answer["error"])
        except (ValueError, KeyError, TypeError) as error:
            raise RunError(f"what listens at {self.path} is no watch loop", code="E0612") from error
        if refused:
            raise RunError(f"the watch loop refuses: {refused}", code="E0613")
        return answer

    def until_over(self) -> bool:
        """Waits for its end. False: it takes too long."""
        self._connection.settimeout(END_SECONDS)
        try:
            return not self._lines.readline()
        except TimeoutError:
            return False
        except OSError:
            return True

    def close(self) -> None:
        self._lines.close()
        self._connection.close()


def run(flags: SteerRunFlags) -> int:
    """The exit status."""

    def perform(loop: SteeredLoop, out: Terminal, err: Terminal) -> int:
        answer = loop.ask("run", None if flags.wait else ANSWER_SECONDS, wait=flags.wait)
        if flags.output is Output.JSON:
            out.record(json.dumps(answer))
        elif not flags.wait:
            out.good("The run starts")
        else:
            _show_runs(answer, out, err)
        return _status_of(answer) if flags.wait else EXIT_OK

    return _with_one(flags, perform)


def status(flags: SteerFlags) -> int:
    """The exit status: 1 if there is no loop."""
    out, err = standard_terminals()
    try:
        loops = _meant(flags)
    except RunError as error:
        return show_failure(run_renderer(flags.output, out, err, named=True), error)
    for loop in loops:
        if flags.output is Output.JSON:
            out.record(json.dumps(loop.state))
        else:
            for line in state_lines(loop.state):
                out.line(line)
        loop.close()
    out.flush()
    return EXIT_OK


def pause(flags: SteerFlags) -> int:
    """The exit status."""
    return _simple(flags, "pause", "Paused: changes start no run", "It was paused already")


def resume(flags: SteerFlags) -> int:
    """The exit status."""
    return _simple(flags, "resume", "Resumed", "It was not paused")


def cancel(flags: SteerFlags) -> int:
    """The exit status."""
    return _simple(flags, "cancel", "Cancelled", "Nothing is running")


def stop(flags: SteerFlags) -> int:
    """The exit status: 1 if the loop does not end in time."""

    def perform(loop: SteeredLoop, out: Terminal, err: Terminal) -> int:
        answer = loop.ask("stop")
        over = loop.until_over()
        if flags.output is Output.JSON:
            out.record(json.dumps({**answer, "over": over}))
        elif over:
            out.good("The watch loop has ended")
        else:
            err.line("The watch loop is still ending", Style.WARN)
        return EXIT_OK if over else EXIT_FAILED

    return _with_one(flags, perform)


def _simple(flags: SteerFlags, command: str, done: str, nothing: str) -> int:
    def perform(loop: SteeredLoop, out: Terminal, err: Terminal) -> int:
        answer = loop.ask(command)
        if flags.output is Output.JSON:
            out.record(json.dumps(answer))
        elif answer.get("done", answer.get("runs")):
            out.good(done)
        else:
            out.line(nothing)
        return EXIT_OK

    return _with_one(flags, perform)


def _with_one(flags: SteerFlags, perform: Perform) -> int:
    out, err = standard_terminals()
    try:
        loop = _one(_meant(flags))
        try:
            code = perform(loop, out, err)
        finally:
            loop.close()
        out.flush()
    except RunError as error:
        return show_failure(run_renderer(flags.output, out, err, named=True), error)
    except KeyboardInterrupt:  # while it waits; the run goes on
        return EXIT_INTERRUPTED
    return code


def _meant(flags: SteerFlags) -> list[SteeredLoop]:
    """The loops that the options can mean. In a project, those of another one are not. Raises RunError."""
    file = find_file(flags.project) if flags.socket is None else None
    project = None if file is None else file.parent
    meant: list[SteeredLoop] = []
    for loop in _listening(flags.socket):
        try:
            loop.state = loop.ask("status")
        except RunError:
            loop.close()
            if flags.socket is not None:
                raise
            continue
        if _fits(loop, flags.target, project):
            meant.append(loop)
        else:
            loop.close()
    if not meant:
        where = f" of {project}" if project else ""
        what = f' that runs "{flags.target}"' if flags.target else ""
        raise TargetError(
            f"there is no watch loop{where}{what}", code="E0610", hint="start one: stigmer run --watch"
        )
    return meant


def _listening(given: Path | None) -> list[SteeredLoop]:
    try:
        if given is not None:
            return [SteeredLoop(given, connected(given))]
        return [SteeredLoop(*each) for each in live_sockets(DaemonPlace.of().loops)]
    except OSError as error:
        raise TargetError(
            f"no watch loop listens at {given}", code="E0610", hint="see: stigmer watch status"
        ) from error
    except DaemonError as error:
        raise UsageError(error.message, code=error.code, hint=error.hint) from error


def _fits(loop: SteeredLoop, target: str, project: Path | None) -> bool:
    same = project is None or Path(loop.state["project"]).resolve() == project.resolve()
    return same and (not target or target in loop.state["targets"])


def _one(loops: Sequence[SteeredLoop]) -> SteeredLoop:
    if len(loops) == 1:
        return loops[0]
    for each in loops:
        each.close()
    lines = [
        f"  --socket {each.path}   {', '.join(each.state['targets'])} in {each.state['project']}"
        for each in loops
    ]
    raise UsageError("several watch loops are meant; say which:", code="E0611", details=lines)


def _status_of(answer: Record) -> int:
    codes = [int(each["exit_code"]) for each in answer["runs"] if each["exit_code"]]
    if codes:
        return codes[0]
    return int(answer["exit_code"])


def _show_runs(answer: Record, out: Terminal, err: Terminal) -> None:
    if answer["error"]:
        error_block(err, answer["error"], answer["hint"], answer["details"], code=answer.get("code", ""))
    if answer["outdated"] and not answer["runs"]:
        err.line("A newer version took its place", Style.WARN)
    for each in answer["runs"]:
        took = f" ({duration(each['seconds'])})" if each["seconds"] is not None else ""
        good = each["outcome"] == "succeeded"
        out.line(f"{each['target']}: {each['outcome']}{took}", Style.GOOD if good else Style.BAD)
        if each["answer"]:
            out.text(each["answer"].removesuffix("\n"))
        if each["error"]:
            error_block(err, each["error"], each["hint"], code=each.get("code", ""))
