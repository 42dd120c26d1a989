"""Agents: instructions, and the tools, skills, helpers and variables that come with them."""

from __future__ import annotations

import os

from stigmer import project
from stigmer.approvals import approval_option
from stigmer.built_ins import apart, no_clash
from stigmer.errors import MEANT, DeclarationError, SourcePlace, declares, did_you_mean, here, listed
from stigmer.files import beside, read_file
from stigmer.fixed_text import check_fixed
from stigmer.late import late
from stigmer.limits import beyond, limits_option
from stigmer.models import model_options, scripts_in
from stigmer.names import check_slug, check_text
from stigmer.outputs import output_option
from stigmer.reliability import check_cut_off, check_retries
from stigmer.servers import McpServer, texts
from stigmer.skills import Skill, check_skills
from stigmer.tools import check_tools, selected_tools
from stigmer.variables import EnvVar, check_variables, similar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any, TypeVar

    from stigmer.approvals import Approval
    from stigmer.built_ins import BuiltIn
    from stigmer.limits import Limits
    from stigmer.models import ModelSettings, Scripted
    from stigmer.outputs import OutputMode
    from stigmer.reliability import OnCutOff, Retries

    Named = TypeVar("Named", "McpServer", "SubAgent")

IN_MESSAGE = "put it into the message of call_agent"
SHORTEST_INSTRUCTIONS = 10  # characters; the contract's rule
PLACEHOLDER = r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}"  # as the backend reads it


class SubAgent:
    """A helper inside an agent, which calls it like a tool, with a message.

    `tools`: functions that it may call, and `{server: [tool, …]}` for the only tools of an MCP server that it
    may use.

    Without a model of its own it asks its agent's, with the same settings where it says no others.

    Example:
        ```python
        translator = SubAgent("translator", "You translate into French, word by word.")
        host = Agent("host", "You greet guests in their language.", sub_agents=[translator])
        ```
    """

    __slots__ = (
        *("description", "functions", "instructions", "mcp_servers", "name"),
        *("options", "place", "scripts", "skills", "tools"),
    )

    @declares
    def __init__(
        self,
        name: str,
        instructions: str | os.PathLike[str],
        *,
        description: str = "",
        mcp_servers: Sequence[McpServer | str] = (),
        tools: Mapping[str, Sequence[str]]
        | Sequence[Callable[..., Any] | BuiltIn | Mapping[str, Sequence[str]]] = (),
        skills: Sequence[Skill | str | os.PathLike[str]] = (),
        model: Scripted | str | None = None,
        settings: ModelSettings | None = None,
        fallback: Sequence[Scripted | str] = (),
        limits: Limits | None = None,
        on_cut_off: OnCutOff = "fail",
        retries: Retries | int | None = None,
        output: Any = None,
        output_mode: OutputMode = "auto",
        output_retries: int | None = None,
        approval: Approval | bool | Sequence[str] | None = None,
    ) -> None:
        self.place = here()
        self.name = check_slug("sub-agent", name)
        self.instructions = check_instructions(instructions)
        self.description = check_fixed(
            "a description", check_text("the description", description), "write it out"
        )
        self.mcp_servers = [
            server.name if isinstance(server, McpServer) else server for server in mcp_servers
        ]
        whose = f'sub-agent "{name}"'
        tools, built_ins = apart(whose, tools, helper=True)
        selections, functions = selected_tools(tools)
        self.tools = {server: texts("tools", names) for server, names in selections.items()}
        self.functions = no_clash(whose, check_tools(whose, functions), built_ins)
        self.skills = check_skills(skills)
        # Beyond the contract, as JSON has them.
        self.options: dict[str, object] = {
            **limits_option(limits),
            **check_cut_off(on_cut_off),
            **approval_option(approval),
            **check_retries(retries),
            **model_options(model, settings, fallback),
            **output_option(output, output_mode, output_retries),
            **built_ins,
        }
        self.scripts = scripts_in(model, fallback)
        for server in self.tools:
            if server not in self.mcp_servers:
                hint = did_you_mean(server, self.mcp_servers) or f" ({listed(self.mcp_servers)})"
                reason = f'sub-agent "{name}" selects tools of "{server}", not among its MCP servers{hint}'
                project.current().mistaken(DeclarationError(reason))


class Agent:
    """An agent. Instructions are text, or a Path to a file next to the one that declares the agent.

    Args:
        model: `"provider:name"`, or `Scripted(…)`; without one, what is configured where it runs.
        settings: how the model answers.
        fallback: models that are asked in this order if the one before cannot be reached, or refuses.
        skills: folders with a `SKILL.md`, as in `"./skills/pdf"`, and what was pushed: `Skill.platform(…)`.
        tools: functions of this project (see `tool`), and what comes with the product: `FileTools`,
            `ShellTool`, `WebFetch`, `Todos`.
        on_cut_off: an answer that reached its limit of tokens, hit a content filter, was refused, broke off
            or is empty makes the agent fail ("fail"), or is taken as it is, with a warning ("warn").
        output: the form of its answers: a dataclass, a TypedDict, a pydantic model, another type that JSON
            has a form for, or a JSON Schema as a dict.
        output_mode: how the model is asked for it: by a "tool", by its own means ("native"), in words
            ("prompted"), or as suits it best ("auto").
        output_retries: how often an answer that does not fit is sent back with the reason; None: 3 times.

    Raises DeclarationError, at the line that declares it, for what cannot work.

    Example:
        ```python
        reviewer = Agent(
            "reviewer",
            "You review changes of code. Be brief, and kind.",
            description="Reviews pull requests",
            mcp_servers=[StdioServer("git", "uvx", ["mcp-server-git"])],
            env=[EnvVar("TEAM", default="core")],
        )
        ```
    """

    @declares
    def __init__(
        self,
        name: str,
        instructions: str | os.PathLike[str],
        *,
        description: str = "",
        icon: str = "",
        mcp_servers: Sequence[McpServer] = (),
        skills: Sequence[Skill | str | os.PathLike[str]] = (),
        sub_agents: Sequence[SubAgent] = (),
        env: Sequence[EnvVar] = (),
        model: Scripted | str | None = None,
        settings: ModelSettings | None = None,
        fallback: Sequence[Scripted | str] = (),
        limits: Limits | None = None,
        tools: Sequence[Callable[..., Any] | BuiltIn] = (),
        on_cut_off: OnCutOff = "fail",
        retries: Retries | int | None = None,
        output: Any = None,
        output_mode: OutputMode = "auto",
        output_retries: int | None = None,
        approval: Approval | bool | Sequence[str] | None = None,
    ) -> None:
        self.place: SourcePlace = here()
        self.name = check_slug("agent", name)
        self.instructions = check_instructions(instructions)
        self.description = check_fixed(
            "a description", check_text("the description", description), "write it out"
        )
        self.icon = check_text("icon", icon)
        self.mcp_servers = _by_name(McpServer, "MCP server", mcp_servers)
        self.skills = check_skills(skills)
        self.sub_agents = _by_name(SubAgent, "sub-agent", sub_agents)
        self.variables = check_variables(env)
        self.model = model
        # Beyond the contract, as JSON has them.
        self.options: dict[str, object] = {
            **limits_option(limits),
            **check_cut_off(on_cut_off),
            **approval_option(approval),
            **check_retries(retries),
            **model_options(model, settings, fallback, scripted_elsewhere=True),
            **output_option(output, output_mode, output_retries),
        }
        self.scripts = scripts_in(model, fallback)
        if said := {server.name: server.options for server in self.mcp_servers if server.options}:
            self.options["servers"] = said
        functions, built_ins = apart(f'agent "{name}"', tools)
        self.options |= built_ins
        found = check_tools(f'agent "{name}"', functions, taken=[each.name for each in self.sub_agents])
        self.functions = no_clash(f'agent "{name}"', found, built_ins)
        self._check_sub_agents()
        self._check_variables_of_servers()
        project.current().add(Agent, "an agent", self)

    def __repr__(self) -> str:
        return f"<agent {self.name}>"

    def _check_sub_agents(self) -> None:
        known = [server.name for server in self.mcp_servers]
        for helper in self.sub_agents:
            if reason := beyond(helper.options, self.options):
                reason = f'sub-agent "{helper.name}": {reason}'
                project.current().mistaken(DeclarationError(reason, helper.place))
            for server in helper.mcp_servers:
                if server not in known:
                    reason = (
                        f'sub-agent "{helper.name}" uses the MCP server "{server}", '
                        f'which agent "{self.name}" does not have{did_you_mean(server, known)}'
                    )
                    project.current().mistaken(DeclarationError(reason, helper.place))

    def _check_variables_of_servers(self) -> None:
        """`${TOKEN}` in a server; a run may bring variables that nobody declared."""
        for server in self.mcp_servers:
            for value in server.values():
                check_fixed(
                    "an MCP server", value, 'write "${NAME}" and declare the variable in the agent\'s env'
                )
                for name in late("re").findall(PLACEHOLDER, value) if "${" in value else ():
                    if name not in self.variables and (meant := similar(name, self.variables)):
                        project.current().mistaken(
                            DeclarationError(
                                f'the MCP server "{server.name}" wants ${{{name}}}, which agent '
                                f'"{self.name}" does not declare{MEANT}{meant}"?)',
                                server.place,
                            )
                        )


def check_instructions(instructions: str | os.PathLike[str]) -> str:
    text, where, file = instructions, "", ""
    if isinstance(instructions, os.PathLike):
        text, where = read_file("the instructions", instructions), f" in {os.fspath(instructions)}"
        file = beside(instructions)
    text = check_text("instructions, if they are not a Path,", text)
    if len(text.strip()) < SHORTEST_INSTRUCTIONS:
        raise DeclarationError(
            f"the instructions{where} are too short: {text.strip()!r}; "
            f"say in at least {SHORTEST_INSTRUCTIONS} characters what to do"
        )
    return check_fixed("an agent's instructions", text, IN_MESSAGE, file=file)


def _by_name(kind: type[Named], what: str, items: Sequence[Named]) -> list[Named]:
    names = set()
    for item in items:
        if not isinstance(item, kind):
            raise DeclarationError(f"expected a {what}, not {item!r:.60}")
        if item.name in names:
            raise DeclarationError(f'two {what}s are called "{item.name}"', item.place)
        names.add(item.name)
    return list(items)
