"""The text of a script, as a value; or the line where it is broken."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

import yaml

from stigmer_api.scripts.model import DEFAULT, STOPS, BadScript, Script, ScriptedCall, Turn
from stigmer_api.yaml_text import composed

SCRIPT_KEYS = ("turns", "agents")
TURN_KEYS = ("when", "say", "call", "delay", "chunk", "fail", "stop", "remember")
WHEN_KEYS = ("message", "result", "previous", "instructions")
LONGEST_DELAY_SECONDS = 3600


def parse(text: str) -> Script:
    """Raises BadScript with the line."""
    try:
        return _parse(text)
    except RecursionError as error:  # an alias of what it stands in
        raise BadScript("the script contains itself") from error


def _parse(text: str) -> Script:
    try:
        root = composed(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        problem = f"{error.problem or error.context}"
        raise BadScript(f"the script is not valid YAML, line {line}: {problem}", problem, line) from error
    except yaml.YAMLError as error:
        raise BadScript(f"the script is not valid YAML: {error}") from error
    if root is None:
        raise BadScript("the script is empty; it needs at least one turn, such as `- say: hello`")
    if isinstance(root, yaml.SequenceNode):
        return Script(turns=turns_of(root))
    entries = mapping_of(root, SCRIPT_KEYS, "a script")
    agents = pairs_of(entries["agents"], "`agents`") if "agents" in entries else ()
    return Script(
        turns=turns_of(entries["turns"]) if "turns" in entries else parse(DEFAULT).turns,
        agents={name: turns_of(node) for name, node in agents},
    )


def turns_of(node: yaml.Node) -> tuple[Turn, ...]:
    if not isinstance(node, yaml.SequenceNode):
        raise broken(node, "turns must be a list (each begins with `- `)")
    if not node.value:
        raise broken(node, "the list of turns is empty")
    return tuple(turn_of(item) for item in node.value)


def turn_of(node: yaml.Node) -> Turn:
    entries = mapping_of(node, TURN_KEYS, "a turn")
    if not {"say", "call", "fail"} & set(entries):
        raise broken(node, "a turn needs `say`, `call` or `fail`")
    seconds, characters = chunk_of(entries["chunk"]) if "chunk" in entries else (0.0, 0)
    return Turn(
        line=line_of(node),
        when=when_of(entries["when"]) if "when" in entries else {},
        say=text_of(entries["say"], "say") if "say" in entries else "",
        calls=calls_of(entries["call"]) if "call" in entries else (),
        delay=seconds_of(entries["delay"], "delay") if "delay" in entries else 0,
        chunk_seconds=seconds,
        chunk_characters=characters,
        fail=text_of(entries["fail"], "fail") if "fail" in entries else "",
        stop=stop_of(entries["stop"]) if "stop" in entries else "",
        remember={name: text_of(value, name) for name, value in pairs_of(entries["remember"], "`remember`")}
        if "remember" in entries
        else {},
    )


def stop_of(node: yaml.Node) -> str:
    reason = text_of(node, "stop")
    if reason not in STOPS:
        near = difflib.get_close_matches(reason, STOPS, n=1)
        hint = f" (did you mean `{near[0]}`?)" if near else ""
        raise broken(node, f"`stop` must be one of {', '.join(STOPS)}, not `{reason}`{hint}")
    return reason


def when_of(node: yaml.Node) -> dict[str, re.Pattern[str]]:
    if isinstance(node, yaml.MappingNode):
        entries = mapping_of(node, WHEN_KEYS, "`when`")
        return {name: pattern_of(value) for name, value in entries.items()}
    return {"message": pattern_of(node)}


def pattern_of(node: yaml.Node) -> re.Pattern[str]:
    text = text_of(node, "when")
    regex = re.fullmatch(r"/(.*)/(i?)", text, re.DOTALL)
    if regex is None:
        return re.compile(re.escape(text), re.IGNORECASE)
    try:
        return re.compile(regex[1], re.MULTILINE | (re.IGNORECASE if regex[2] else 0))
    except re.error as error:
        raise broken(node, f"`{text}` is not a valid regular expression: {error}") from error


def calls_of(node: yaml.Node) -> tuple[ScriptedCall, ...]:
    if isinstance(node, yaml.SequenceNode):
        return tuple(call for item in node.value for call in calls_of(item))
    if isinstance(node, yaml.ScalarNode):
        return (ScriptedCall(tool=text_of(node, "call")),)
    entries = mapping_of(node, ("tool", "args"), "a call")
    if "tool" not in entries:
        raise broken(node, "a call needs `tool`, the name of the tool")
    args = value_of(entries["args"]) if "args" in entries else {}
    if not isinstance(args, dict):
        raise broken(entries["args"], "`args` must be a mapping of the tool's arguments")
    return (ScriptedCall(tool=text_of(entries["tool"], "tool"), args=args),)


def chunk_of(node: yaml.Node) -> tuple[float, int]:
    if not isinstance(node, yaml.MappingNode):
        return seconds_of(node, "chunk"), 0
    entries = mapping_of(node, ("seconds", "characters"), "`chunk`")
    characters = value_of(entries["characters"]) if "characters" in entries else 0
    if not isinstance(characters, int) or characters < 0:
        raise broken(node, "`characters` must be a whole number")
    return (seconds_of(entries["seconds"], "seconds") if "seconds" in entries else 0), characters


def seconds_of(node: yaml.Node, key: str) -> float:
    value = value_of(node)
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not 0 <= value <= LONGEST_DELAY_SECONDS
    ):
        raise broken(node, f"`{key}` must be a number of seconds, 0 to {LONGEST_DELAY_SECONDS}")
    return float(value)


def text_of(node: yaml.Node, key: str) -> str:
    if isinstance(node, yaml.ScalarNode):
        return str(node.value)
    hint = " (put a text that begins with `{{` into quotes)" if isinstance(node, yaml.MappingNode) else ""
    raise broken(node, f"`{key}` must be a text{hint}")


def value_of(node: yaml.Node) -> Any:
    constructor = yaml.constructor.SafeConstructor()
    try:
        value = constructor.construct_document(node)
        json.dumps(value)
    except (yaml.YAMLError, TypeError, ValueError) as error:
        raise broken(node, f"this is not a plain value: {error}") from error
    return value


def pairs_of(node: yaml.Node, what: str) -> Iterator[tuple[str, yaml.Node]]:
    if not isinstance(node, yaml.MappingNode):
        raise broken(node, f"{what} must be a mapping")
    for key, value in node.value:
        yield str(key.value), value


def mapping_of(node: yaml.Node, known: Sequence[str], what: str) -> dict[str, yaml.Node]:
    entries: dict[str, yaml.Node] = {}
    for key, value in pairs_of(node, what):
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f'did you mean "{near[0]}"?' if near else f"there are {', '.join(known)}"
            raise broken(value, f'unknown key "{key}" in {what} ({hint})')
        if key in entries:
            raise broken(value, f'the key "{key}" is there twice')
        entries[key] = value
    return entries


def line_of(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def broken(node: yaml.Node, problem: str) -> BadScript:
    line = line_of(node)
    return BadScript(f"the script is broken, line {line}: {problem}", problem, line)
