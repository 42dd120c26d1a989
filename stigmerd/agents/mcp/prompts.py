"""What an agent is asked, where a prompt of an MCP server says it: the server is asked for its messages."""

from __future__ import annotations

import asyncio
import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from pydantic_ai.mcp import EmbeddedResource, MCPError, MCPToolset, Prompt, PromptMessage, ResourceLink
from pydantic_ai.messages import BinaryContent, TextContent, UserContent

from stigmer_api.attachments import PROMPT, attachment_of
from stigmer_api.prompts import WantedPrompt, prompt_in
from stigmerd.agents.attached.prompt import Prompt as Asked
from stigmerd.agents.attached.prompt import prompt_of
from stigmerd.agents.mcp.inbound.listening import call_of_execution
from stigmerd.agents.mcp.lending.lent import Lent
from stigmerd.agents.mcp.options import PROMPTS
from stigmerd.agents.mcp.server import ServerFailed
from stigmerd.agents.problems import AgentProblem
from stigmerd.agents.reporter import AgentReporter, GrowingMessage
from stigmerd.executions.records import MessageSet
from stigmerd.store.clock import now
from stigmerd.store.json import Json

ANSWER_SECONDS: Final = 60
MOST_CHARACTERS: Final = 200_000  # of a prompt
NONE: Final = "no MCP server of this agent offers prompts; declare one with prompts=True"


class PromptProblem(AgentProblem):
    """A prompt that cannot be had."""

    code = "E1227"


async def asked(job: Mapping[str, Json], servers: Sequence[Lent], reporter: AgentReporter) -> Asked | None:
    """The message, its files, and what a prompt says; None: a list was wanted, which is the answer.

    Raises PromptProblem.
    """
    message, files = job["message"], job["attachments"]
    beside = next((each for each in files if each["kind"] == PROMPT), None)
    if beside is None:
        return prompt_of(message, files)
    try:
        wanted, alone = prompt_in(attachment_of(beside))
    except ValueError as error:
        raise PromptProblem(str(error)) from None
    offering = {each.name: each for each in servers if each.config.get("options", {}).get(PROMPTS)}
    if not wanted.server:
        found = [f"{path}\n" for server in offering.values() for path in await _described(server)]
        GrowingMessage(reporter, 1).finish({}, text="".join(found).rstrip() or NONE)
        return None
    said = await _fetched(_server(wanted, offering, servers), wanted)
    own = [] if alone else [message]
    _show(reporter, wanted, [*said, *own], files)
    given = prompt_of("", files)
    return _joined([*said, *own, *(given[1:] if isinstance(given, list) else ())])


def _server(wanted: WantedPrompt, offering: Mapping[str, Lent], servers: Iterable[Lent]) -> Lent:
    if wanted.server in offering:
        return offering[wanted.server]
    if any(each.name == wanted.server for each in servers):
        raise PromptProblem(
            f'the MCP server "{wanted.server}" offers no prompts to this agent; declare it with prompts=True'
        )
    if not offering:
        raise PromptProblem(NONE)
    raise PromptProblem(
        f'no MCP server "{wanted.server}" offers prompts here{_near(wanted.server, offering)}; '
        f"there are {', '.join(offering)}"
    )


async def _fetched(server: Lent, wanted: WantedPrompt) -> list[UserContent]:
    try:
        async with asyncio.timeout(ANSWER_SECONDS), server.at_work(reads=True) as process:
            with call_of_execution(process.inbound, wanted.name):
                toolset = _connected(server)
                _check(server, wanted, await toolset.list_prompts())
                result = await toolset.get_prompt(wanted.name, dict(wanted.arguments))
    except TimeoutError:
        raise PromptProblem(
            f'the MCP server "{server.name}" gave no prompt within {ANSWER_SECONDS} s'
        ) from None
    except AgentProblem:
        raise
    # A foreign library with errors of many kinds; all of them mean: no prompt.
    except Exception as error:
        raise PromptProblem(
            f'the MCP server "{server.name}" does not give the prompt {wanted.name}: {error}'
        ) from error
    if not result.messages:
        raise PromptProblem(f'the prompt {wanted.path} of the MCP server "{server.name}" is empty')
    return [_content(each) for each in result.messages]


def _connected(server: Lent) -> MCPToolset[None]:
    if server.toolset is None:
        raise ServerFailed(f'the MCP server "{server.name}" went away')
    return server.toolset


def _check(server: Lent, wanted: WantedPrompt, prompts: Sequence[Prompt]) -> None:
    """Servers say in many ways that a name or an argument is wrong; most do not say what is right."""
    known = {each.name: each for each in prompts}
    if not known:
        raise PromptProblem(f'the MCP server "{server.name}" has no prompts')
    if wanted.name not in known:
        raise PromptProblem(
            f'the MCP server "{server.name}" has no prompt {wanted.name}{_near(wanted.name, known)}; '
            f"it has {', '.join(known)}"
        )
    arguments = {each.name: each for each in known[wanted.name].arguments or ()}
    usage = f"; it takes {_usage(known[wanted.name])}" if arguments else "; it takes none"
    if unknown := [each for each in wanted.arguments if each not in arguments]:
        raise PromptProblem(
            f"the prompt {wanted.path} has no argument {unknown[0]}{_near(unknown[0], arguments)}{usage}"
        )
    needed = [name for name, each in arguments.items() if each.required]
    if missing := [name for name in needed if name not in wanted.arguments]:
        raise PromptProblem(f"the prompt {wanted.path} needs {', '.join(missing)}{usage}")


async def _described(server: Lent) -> list[str]:
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            prompts = await _connected(server).list_prompts()
    except (MCPError, TimeoutError) as error:
        raise PromptProblem(f'the MCP server "{server.name}" does not list prompts: {error}') from error
    return [_line(server.name, each) for each in prompts]


def _line(server: str, prompt: Prompt) -> str:
    what = prompt.description or prompt.title or ""
    usage = f"{server}/{prompt.name} {_usage(prompt)}".rstrip()
    return f"{usage}: {' '.join(what.split())}" if what else usage


def _usage(prompt: Prompt) -> str:
    names = ((f"{each.name}=…", each.required) for each in prompt.arguments or ())
    return " ".join(name if required else f"[{name}]" for name, required in names)


def _near(name: str, names: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(names), n=1, cutoff=0.5)
    return f' (did you mean "{near[0]}"?)' if near else ""


def _content(message: PromptMessage) -> UserContent:
    content = message.content
    match content:
        case TextContent():
            said: str | BinaryContent = content.content
        case ResourceLink():
            said = f"[{content.name}: {content.uri}]"
        case EmbeddedResource():
            said = content.content
            if isinstance(said, str):
                said = f'<file name="{content.uri}">\n{said}\n</file>'
        case _:
            said = content
    if not isinstance(said, str):
        return said
    if len(said) > MOST_CHARACTERS:
        said = f"{said[:MOST_CHARACTERS]}\n… {len(said) - MOST_CHARACTERS:,} characters are left out"
    # All of it is one message of the user: not every model goes on from an answer that it did not give.
    return said if message.role == "user" else f"<assistant>\n{said}\n</assistant>"


def _joined(parts: Sequence[UserContent]) -> Asked:
    texts = [each for each in parts if isinstance(each, str)]
    return "\n\n".join(texts) if len(texts) == len(parts) else list(parts)


def _show(
    reporter: AgentReporter, wanted: WantedPrompt, parts: Sequence[UserContent], files: Iterable[Json]
) -> None:
    """In place of what stood for it."""
    data = [each for each in parts if isinstance(each, BinaryContent)]
    pictures: list[Json] = [
        {"name": wanted.path, "kind": each.media_type, "bytes": len(each.data)} for each in data
    ]
    given = [attachment_of(each) for each in files if each["kind"] != PROMPT]
    pictures += [{"name": each.name, "kind": each.kind, "bytes": len(each.data)} for each in given]
    reporter.emit(
        MessageSet(
            index=0,
            role="HUMAN",
            content="\n\n".join(each for each in parts if isinstance(each, str)),
            complete=True,
            at=now(),
            metadata={
                "prompt": wanted.path,
                "arguments": dict(wanted.arguments),
                **({"attachments": pictures} if pictures else {}),
            },
        )
    )
