"""Call one activity of a project, in a process of its own: arguments in by standard input, the result out.

    python -P -B -c "from stigmer._program.activity_host import main; main()" MAIN_FILE FOLDER NAME OUT,ERR

Standard input is a JSON object, the arguments by name. Standard output is one JSON object: `{"result": …}`,
or `{"error": {"type", "message", "file", "line", "traceback"}}` with exit status 1. What the program prints
goes to standard error; what the activity prints, to the descriptors OUT and ERR if they are given.
"""

# ruff: noqa: PTH120 -- paths are text in the import system

from __future__ import annotations

import json
import os
import sys
from typing import Any

from stigmer import project
from stigmer._program.failures import error_facts
from stigmer._program.loader import ProjectFiles, load_from, run_as_main
from stigmer._program.shadows import HiddenModules
from stigmer.activities import Activity
from stigmer.errors import StigmerError, did_you_mean, listed

STDOUT, STDERR = 1, 2


def main() -> None:
    program, directory, name = sys.argv[1:4]
    arguments = json.load(sys.stdin)
    answers = os.dup(STDOUT)
    os.dup2(STDERR, STDOUT)
    printed = [int(each) for each in (sys.argv[4:] or [""])[0].split(",") if each]
    hidden = HiddenModules(os.path.dirname(program))
    try:
        result = _called(program, directory, name, arguments, hidden, printed)
        with hidden.back():
            data = json.dumps({"result": result}, allow_nan=False)
    except Exception as error:
        with hidden.back():
            data = json.dumps({"error": error_facts(error, program)})
    _flush()
    with os.fdopen(answers, "w", encoding="utf-8") as stream:
        stream.write(data + "\n")
    sys.exit(int(data.startswith('{"error"')))


def _called(
    program: str,
    directory: str,
    name: str,
    arguments: dict[str, Any],
    hidden: HiddenModules,
    printed: list[int],
) -> Any:
    declared = project.begin()
    load_from(ProjectFiles(directory))
    run_as_main(program)
    activities = declared.of(Activity)
    activity = activities.get(name)
    if activity is None:
        with hidden.back():
            hint = did_you_mean(name, activities) or f"; it has {listed(activities)}"
        raise StigmerError(f'the program has no activity "{name}"{hint}')
    _print_to(printed)
    result = activity.function(**arguments)
    if not hasattr(result, "__await__"):
        return result

    async def awaited() -> Any:
        return await result

    with _runner(hidden) as runner:
        return runner.run(awaited())


def _print_to(printed: list[int]) -> None:
    """From here on it is the activity that prints, and each line is told as it comes."""
    _flush()
    for descriptor, stream in zip(printed, (STDOUT, STDERR)):  # noqa: B905 -- none are given by an older backend
        os.dup2(descriptor, stream)
        os.close(descriptor)
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:  # the program may have put something else there
        reconfigure(line_buffering=True)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):  # the program has closed or replaced it
            continue


def _runner(hidden: HiddenModules) -> Any:
    """Not imported before the program runs: that would keep the program from its own modules."""
    with hidden.back():
        import asyncio

        runner = asyncio.Runner()
        runner.get_loop()  # imports the rest
    return runner
