"""Calls one function of a user's project. Run as a script, by the project's own interpreter.

Arguments: the program, the project's directory, the activity's name, the number of the pipe for the result.
What the function is to be given comes on stdin, as JSON.
"""

# The SDK is the project's, not ours, and is imported by name: see the layers in pyproject.toml.
# ruff: noqa: PTH120

from __future__ import annotations

import asyncio
import importlib
import inspect
import json
import os
import sys
import traceback
from typing import Any


def main() -> None:
    program, directory, name, pipe = sys.argv[1:5]
    given = json.load(sys.stdin)
    try:
        answer = {"value": _called(_function(program, directory, name), given)}
        text = json.dumps(answer)
    except Exception as error:  # whatever the user's code raises is the task's failure
        details = "".join(traceback.format_exception(error)[-6:])
        text = json.dumps({"type": type(error).__name__, "message": str(error), "details": details})
    with open(int(pipe), "w", encoding="utf-8") as result:  # noqa: PTH123 - it has no path
        result.write(text)


def _function(program: str, directory: str, name: str) -> Any:
    loader = importlib.import_module("stigmer.loader")
    declared = importlib.import_module("stigmer.project").begin()
    loader.load_from(loader.ProjectFiles(directory))
    sys.path.insert(0, os.path.dirname(program))
    sys.argv[:] = [program]
    try:
        loader.run_as_main(program)
    except SystemExit as leaving:
        if leaving.code not in (None, 0):
            raise RuntimeError(f"{program} ended with exit status {leaving.code}") from None
    found = declared.activities.get(name)
    if found is None:
        known = ", ".join(sorted(declared.activities)) or "none"
        raise LookupError(f"no activity {name!r} in {program}; there are: {known}")
    return found.function


def _called(function: Any, given: Any) -> Any:
    result = function(**given) if isinstance(given, dict) else function()
    return asyncio.run(_awaited(result)) if inspect.isawaitable(result) else result


async def _awaited(result: Any) -> Any:
    return await result


if __name__ == "__main__":
    main()
