"""What programs of the original's SDK say differently: names of errors, and tasks that export nothing."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from stigmerd.workflow.model import Value

# Its constants for our types of errors.
ERROR_TYPES: Final = {
    "http": "CallHTTP error",
    "grpc": "CallGRPC error",
    "expression": "If statement error",
    "configuration": "Validation",
    "workflow": "command",
}
ANY: Final = "*"
OF_CONTEXT: Final = re.compile(r'\$context\s*(?:\.\s*([A-Za-z_]\w*)|\.?\s*\[\s*"([^"\\]*)"\s*\])')


def with_outputs(
    program: str, context: Mapping[str, Value], outputs: Mapping[str, Value], forks: Collection[str] = ()
) -> Mapping[str, Value]:
    """What `$context` is: what was exported, and outputs that the program names although they were not.

    Args:
        forks: the tasks whose branches are also found below `branches`.
    """
    if "$context" not in program:
        return context
    more: dict[str, Value] = {}
    for name in {first or second for first, second in OF_CONTEXT.findall(program)}:
        exports = name in context
        value = context[name] if exports else outputs.get(name)
        if name in forks and "branches" in program and isinstance(value, Mapping):
            more[name] = {"branches": value, **value}
        elif not exports and name in outputs:
            more[name] = value
    return {**context, **more} if more else context


def with_error_types(program: str, data: Mapping[str, Value], caught: Iterable[str]) -> Mapping[str, Value]:
    """`data` with its caught errors of the types that the program compares them with.

    Args:
        caught: the names of errors in `data`.
    """
    if "type" not in program:
        return data
    changed = {name: data[name] for name in caught if isinstance(data.get(name), Mapping)}
    for name, error in changed.items():
        theirs = ERROR_TYPES.get(error["type"], "")
        wanted = next((each for each in (theirs, ANY) if each and f'"{each}"' in program), "")
        changed[name] = {**error, "type": wanted} if wanted else error
    return {**data, **changed} if changed else data
