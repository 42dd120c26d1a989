"""The scripted model: answers from a script, with no network; demo, test double and smoke-run model in one.

A script is YAML (or JSON): a list of turns.

    - when: /weather in (\\w+)/i
      call: {tool: forecast, args: {city: "{{ message | match('in (.*)') }}"}}
    - when: weather
      say: "The forecast says: {{ result }}"
    - say: "I only know the weather. You wrote {{ message | words }} words."

Each time the model is asked, it takes the NEXT turn of the list that matches; for every new message it
begins at the top again. A turn that calls tools is followed by another turn, which sees the results; a turn
that calls none ends the answer. No matching turn left is an error.

Keys of a turn, all optional, at least one of say, call, fail:
    when      which messages it is for: `text` (contained, whatever the case), `/regex/` or `/regex/i`; or a
              mapping of such patterns over `message`, `result` (of the last tool), `previous`,
              `instructions`: all must match
    say       the text to answer with; templates, below
    call      a tool: `name`, `{tool: name, args: {…}}`, or a list of these (called at the same time); a
              sub-agent is a tool with its name and the argument `message`; a tool of an MCP server has the
              name that the server gives it
    delay     seconds to think before the first word
    chunk     seconds between the words of `say`; or `{seconds: 0.05, characters: 4}`: streams characters
    fail      the model breaks down with this text (after `say`, if both are there)
    stop      why the answer is not whole: `length`, `content_filter`, `refusal`, `broken`
    remember  `{name: template}`: `{{ memory.name }}` from then on, also in later executions of the session

Templates: `{{ root.field.0 | filter | filter(argument) }}`. A text that is a single template keeps the type
of its value (for `args`). Roots:
    message       the user's text                       json         the JSON object or list inside that text
    previous      the message before, in the session    count        messages of the session, with this one
    result        text of the last tool's result        result_json  the same, parsed
    results.TOOL  text of that tool's last result       memory.NAME  what a turn remembered
    agent         the agent's name                      env.NAME     variables of the execution
    instructions  the agent's                           tools        the names of the tools it has
Filters:
    first_line last_line lines lines(n) words words(n) characters characters(n)       without n: how many
    matching("regex") (the lines, a list)  match("regex") (the first group)  replace("a", "b")
    upper lower title trim length first last join(", ") sum plus(n) times(n) number(decimals) json from_json
    default("text")
A field that is not there is an error that names it, unless `default` follows.

Instead of a list, a script may be a mapping: `turns: […]` and `agents: {NAME: […turns…]}` for sub-agents; a
sub-agent without turns of its own repeats its message.

Where the script comes from: the annotation `devloop.stigmer.ai/script` of the agent (the text itself), else
the file that STIGMER_LLM_SCRIPT or `backend.local.llm.script` in ~/.stigmer/config.yaml names, else DEFAULT
below. It is used when the provider is `scripted`, and when an agent has a script and no provider is chosen.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from stigmer_api.scripts.model import ScriptedCall, Turn
from stigmer_api.scripts.templates import TemplateError, as_text, render
from stigmerd.agents.problems import AgentProblem
from stigmerd.store.json import Json


class ScriptError(AgentProblem):
    """A script that cannot be read, or that has no answer; the text names the line."""

    code = "E0840"


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One message of the user, and what the tools answered after each of the model's turns so far."""

    message: str
    results: tuple[tuple[tuple[str, str], ...], ...] = ()  # per turn: (tool, text)


def answer(turns: Sequence[Turn], exchanges: Sequence[Exchange], known: Mapping[str, Json]) -> Turn:
    """The model's next turn, texts filled in. Derived from the conversation alone: survives a restart."""
    memory: dict[str, str] = {}
    for number, exchange in enumerate(exchanges[:-1]):
        walk(turns, exchange, len(exchange.results), {**known, **session(exchanges, number)}, memory)
    last = len(exchanges) - 1
    exchange = exchanges[last]
    scope = {**known, **session(exchanges, last)}
    found = walk(turns, exchange, len(exchange.results) + 1, scope, memory)
    if found is None:
        asked = f"{exchange.message[:60]!r}"
        raise ScriptError(
            f"the script has no turn {len(exchange.results) + 1} for the message {asked}; "
            "add a turn without `when` at its end"
        )
    return found


def session(exchanges: Sequence[Exchange], number: int) -> dict[str, Json]:
    message = exchanges[number].message
    return {
        "message": message,
        "json": json_in(message),
        "previous": exchanges[number - 1].message if number else "",
        "count": number + 1,
    }


def walk(
    turns: Sequence[Turn], exchange: Exchange, steps: int, scope: Mapping[str, Json], memory: dict[str, str]
) -> Turn | None:
    """Take `steps` turns of one exchange: the last of them, filled in, or None when there is none."""
    at, taken = 0, None
    for step in range(steps):
        results = [result for turn in exchange.results[:step] for result in turn]
        now = {**scope, **tool_results(results), "memory": memory}
        while at < len(turns) and not matches(turns[at], now):
            at += 1
        if at == len(turns):
            return None
        taken = filled(turns[at], now)
        memory.update(taken.remember)
        at += 1
    return taken


def tool_results(results: Sequence[tuple[str, str]]) -> dict[str, Json]:
    last = results[-1][1] if results else ""
    return {"result": last, "result_json": json_in(last), "results": dict(results)}


def matches(turn: Turn, scope: Mapping[str, Json]) -> bool:
    return all(pattern.search(as_text(scope.get(name, ""))) for name, pattern in turn.when.items())


def filled(turn: Turn, scope: Mapping[str, Json]) -> Turn:
    try:
        remember = {name: as_text(render(text, scope)) for name, text in turn.remember.items()}
        scope = {**scope, "memory": {**scope["memory"], **remember}}
        return Turn(
            line=turn.line,
            say=as_text(render(turn.say, scope)),
            calls=tuple(ScriptedCall(tool=call.tool, args=render(call.args, scope)) for call in turn.calls),
            delay=turn.delay,
            chunk_seconds=turn.chunk_seconds,
            chunk_characters=turn.chunk_characters,
            fail=as_text(render(turn.fail, scope)),
            stop=turn.stop,
            remember=remember,
        )
    except TemplateError as error:
        raise ScriptError(f"the script cannot continue, turn at line {turn.line}: {error}") from error


def json_in(text: str) -> Json:
    """The first JSON object or list inside a text, or None."""
    decoder = json.JSONDecoder()
    for start in (found.start() for found in re.finditer(r"[{\[]", text)):
        try:
            return decoder.raw_decode(text, start)[0]
        except ValueError:
            continue
    return None


def chunks(turn: Turn) -> list[str]:
    """The pieces in which a text is streamed: words with the space after them, or so many characters."""
    if size := turn.chunk_characters:
        return [turn.say[at : at + size] for at in range(0, len(turn.say), size)]
    return re.findall(r"\s*\S+\s*|\s+", turn.say)
