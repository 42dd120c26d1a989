"""Call the functions of a project that its agents offer, one process for many calls.

    python -P -B -X utf8 -c "from stigmer._program.tool_host import main; main()" MAIN_FILE FOLDER OUT,ERR

Both ways it is lines of JSON. First `{"ready": true}` comes out, or `{"failed": facts}` and the end, with
what went wrong in the program. Then, by standard input, each call:

    {"id", "agent", "sub_agent", "tool", "arguments": {…}, "context": {…}}

and by standard output, with the same id, what is printed meanwhile and in the end one answer:

    {"id", "stream": "stdout", "text"}    {"id", "result": …}    {"id", "retry": reason}
    {"id", "error": {"type", "message", "file", "line", "traceback"}}

What other programs print that a function starts goes to the descriptors OUT and ERR. Functions that are not
async run in threads, several at once. The process ends when standard input does.
"""

# ruff: noqa: PTH120 -- paths are text in the import system

from __future__ import annotations

import json
import os
import sys
from functools import partial
from typing import Any

from stigmer import project
from stigmer._program.failures import error_facts
from stigmer._program.loader import ProjectFiles, load_from, run_as_main
from stigmer._program.shadows import HiddenModules
from stigmer._program.tool_printing import CallAnswers, print_to

STDIN, STDOUT, STDERR = 0, 1, 2


def main() -> None:
    program, directory, printed = sys.argv[1:4]
    calls, answers = os.dup(STDIN), CallAnswers(os.dup(STDOUT))
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, STDIN)  # a function that reads it finds nothing
    os.close(nowhere)
    for descriptor, stream in zip(map(int, printed.split(",")), (STDOUT, STDERR), strict=True):
        os.dup2(descriptor, stream)
        os.close(descriptor)
    print_to(answers)
    hidden = HiddenModules(os.path.dirname(program))
    try:
        declared = project.begin()
        load_from(ProjectFiles(directory))
        run_as_main(program)
    except SystemExit as leaving:
        if leaving.code not in (None, 0):
            answers.send({"failed": _facts(leaving, program, hidden)})
            sys.exit(1)
    except Exception as error:
        answers.send({"failed": _facts(error, program, hidden)})
        sys.exit(1)
    with hidden.back():  # not before: that would keep the program from its own modules
        import asyncio

        from stigmer._program.tool_calls import Calls

        runner = asyncio.Runner()
        runner.get_loop()  # imports the rest
    with runner:
        facts = partial(_facts, program=program, hidden=hidden)
        runner.run(Calls(declared, answers, facts).serve(calls))


def _facts(error: BaseException, program: str, hidden: HiddenModules) -> dict[str, Any]:
    with hidden.back():
        facts: dict[str, Any] = json.loads(json.dumps(error_facts(error, program)))
    return facts
