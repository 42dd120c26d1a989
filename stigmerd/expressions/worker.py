"""The child process that runs jq: reads a program and its input, writes the first result. Run as a script.

It gets no environment, may open no file, and is bounded in memory. The kernel ends it when one program takes
too much processor time; that works even while jq, which holds the interpreter's lock, is in an endless loop,
and when the parent is gone.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import resource
import signal
import sys
from collections import OrderedDict
from typing import Any

PIPE = 0  # a socket to the parent
OPEN_FILES = 3  # the pipe and two /dev/null; so nobody can open another
PROGRAMS = 256

# Bound as variables, not as jq arguments: those would be compiled into the program, which is kept for reuse.
# The newline ends a comment in the program's last line.
BINDINGS = (
    ". as $__in | $__in.context as $context | $__in.data as $data | $__in.env as $env | $__in.input as $input"
    " | $__in.output as $output | def uuid: $__in.uuid; $__in.dot | (\n{program}\n)"
)
UUID = "def uuid: null; "
ALONE = dict.fromkeys(("context", "data", "env", "input", "output"))
AT = re.compile(
    r"^jq: error: (?P<text>.*?) at (?:<top-level>|<unknown>)(?:, line (\d+)(?:, column (\d+))?)?:?", re.S
)


def main(site: str, memory: int, cpu_seconds: float, output: int) -> None:
    sys.path.append(site)
    import jq

    _confine(memory)
    os.write(PIPE, b"+")
    programs: OrderedDict[str, Any] = OrderedDict()
    while True:
        program, text = _read().decode(), _read().decode()
        signal.setitimer(signal.ITIMER_PROF, cpu_seconds)
        reply = _answer(jq, programs, program, text, output)
        signal.setitimer(signal.ITIMER_PROF, 0)
        _write(reply)


def _confine(memory: int) -> None:
    os.environ.clear()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(ValueError, OSError):  # macOS refuses this one
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))


def _answer(jq: Any, programs: OrderedDict[str, Any], program: str, text: str, output: int) -> bytes:
    try:
        compiled = _compiled(jq, programs, program)
    except ValueError as error:
        return b"!" + json.dumps(_position(str(error))).encode()
    try:
        result = json.dumps(next(iter(compiled.input_text(text)), None)).encode()
    except ValueError as error:
        return b"!" + json.dumps({"text": str(error)[:2000]}).encode()
    except MemoryError:
        return b"!" + json.dumps({"text": "it needs too much memory"}).encode()
    except RecursionError:
        return b"!" + json.dumps({"text": "its result is nested too deep"}).encode()
    if len(result) > output:
        return b"!" + json.dumps({"text": f"its result is larger than {output} bytes"}).encode()
    return b"=" + result


def _compiled(jq: Any, programs: OrderedDict[str, Any], program: str) -> Any:
    found = programs.get(program)
    if found is None:
        try:
            found = jq.compile(BINDINGS.replace("{program}", program))
        except ValueError:
            _alone(jq, program)  # for an error without our bindings in it
            raise
        if ")" in program:
            _alone(jq, program)  # `1) | (2` is no program
        programs[program] = found
        if len(programs) > PROGRAMS:
            programs.popitem(last=False)
    programs.move_to_end(program)
    return found


def _alone(jq: Any, program: str) -> None:
    jq.compile(UUID + program, args=ALONE)


def _position(error: str) -> dict[str, Any]:
    found = AT.match(error)
    if not found:
        return {"text": error.splitlines()[0].removeprefix("jq: error: ") if error else "it does not compile"}
    line, column = found[2], found[3]
    shift = len(UUID) if line == "1" else 0
    at = {"line": int(line)} if line else {}
    return {"text": found["text"], **at, **({"column": int(column) - shift} if column else {})}


def _read() -> bytes:
    return _exactly(int.from_bytes(_exactly(4), "big"))


def _exactly(size: int) -> bytes:
    pieces = []
    while size:
        piece = os.read(PIPE, min(size, 1 << 20))
        if not piece:
            os._exit(0)  # the parent is gone
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


def _write(reply: bytes) -> None:
    rest = memoryview(len(reply).to_bytes(4, "big") + reply)
    while rest:
        rest = rest[os.write(PIPE, rest) :]


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]))
