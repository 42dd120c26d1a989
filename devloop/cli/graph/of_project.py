"""An agent with what it uses, and a project with who calls whom, as pictures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from devloop.cli.graph.picture import Arrow, Box, BoxKind, Frame, Ids, joined
from stigmer_api.agent_options import FUNCTIONS, options_of
from stigmer_api.facts import TOOLS_ANNOTATION
from stigmerd.workflow.model import AgentCall, RunTask, Task, task_lists

if TYPE_CHECKING:
    from stigmer_api.agent_pb2 import Agent

Calls = Sequence[tuple[BoxKind, str]]


class _Drawing:
    """Boxes by what they stand for, so that each is there once."""

    def __init__(self) -> None:
        self._ids = Ids()
        self._boxes: dict[tuple[BoxKind, str], Box] = {}
        self._arrows: list[Arrow] = []

    def box(self, look: BoxKind, title: str, about: str = "", *, key: str = "") -> Box:
        name = (look, key if key != "" else title)
        if name not in self._boxes:
            self._boxes[name] = Box(id=self._ids.new(), look=look, title=title, about=about)
        return self._boxes[name]

    def known(self, look: BoxKind, key: str) -> Box:
        """A box that is there; else one for something outside."""
        found = self._boxes.get((look, key))
        return found or self.box(BoxKind.OUTSIDE, key, f"{look.value}, not of this project")

    def arrow(self, source: Box, target: Box, label: str = "", *, dashed: bool = False) -> None:
        self._arrows.append(Arrow(source=source.id, target=target.id, label=label, dashed=dashed))

    def frame(self, title: str) -> Frame:
        arrows = [each for each in self._arrows if each.source != each.target]
        return Frame(
            id=self._ids.new(), title=title, items=tuple(self._boxes.values()), arrows=joined(arrows)
        )


def agent_picture(agent: Agent) -> Frame:
    """Its tools, its MCP servers, its skills and its sub-agents with theirs."""
    drawing = _Drawing()
    _draw_agent(drawing, agent)
    return drawing.frame(f"agent {agent.metadata.name}")


def project_picture(
    name: str, agents: Iterable[Agent], workflows: Mapping[str, tuple[str, Sequence[Task]]]
) -> Frame:
    """`workflows`: by slug, their names and tasks."""
    drawing = _Drawing()
    agents = list(agents)
    for slug, (title, tasks) in workflows.items():
        count = sum(1 for _ in _all(tasks))
        drawing.box(BoxKind.WORKFLOW, title, f"{count} task{'' if count == 1 else 's'}", key=slug)
    for agent in agents:
        _draw_agent(drawing, agent)
    for slug, (_, tasks) in workflows.items():
        source = drawing.known(BoxKind.WORKFLOW, slug)
        for task in _all(tasks):
            match task.config:
                case AgentCall(agent=called):
                    drawing.arrow(source, drawing.known(BoxKind.AGENT, called), "asks")
                case RunTask(workflow=called):
                    drawing.arrow(source, drawing.known(BoxKind.WORKFLOW, called), "runs")
                case _:
                    pass
    return drawing.frame(f"project {name}")


def _own_tools(annotations: Mapping[str, str], sub_agent: str = "") -> list[str]:
    """Besides those of its servers; what its annotation does not say right, the backend says."""
    named = [] if sub_agent else annotations.get(TOOLS_ANNOTATION, "").replace(",", " ").split()
    try:
        options = options_of(annotations, sub_agent)
    except ValueError:
        return named
    functions = options.get(FUNCTIONS)
    if isinstance(functions, list):
        named += [str(each["name"]) for each in functions if isinstance(each, dict) and "name" in each]
    built_ins = options.get("builtins")
    kinds = sorted(built_ins) if isinstance(built_ins, dict) else []
    return [*named, *kinds, *(("todos",) if options.get("todos") is True and "todos" not in named else ())]


def _draw_agent(drawing: _Drawing, agent: Agent) -> None:
    slug = agent.metadata.slug or agent.metadata.name
    main = drawing.box(BoxKind.AGENT, agent.metadata.name, agent.spec.description, key=slug)
    for tool in _own_tools(agent.metadata.annotations):
        drawing.arrow(main, drawing.box(BoxKind.TOOL, tool, "tool", key=f"{slug}/{tool}"))
    servers = {}
    for each in agent.spec.mcp_servers:
        servers[each.name] = drawing.box(
            BoxKind.SERVER, each.name, _how(each), key=f"{each.name} {_how(each)}"
        )
    for name, server in servers.items():
        drawing.arrow(main, server, _tools(_enabled(agent, name)))
    _skills(drawing, main, agent.spec.skill_refs)
    for sub in agent.spec.sub_agents:
        helper = drawing.box(BoxKind.AGENT, sub.name, sub.description, key=f"{slug}/{sub.name}")
        drawing.arrow(main, helper, "delegates to")
        for tool in _own_tools(agent.metadata.annotations, sub.name):
            drawing.arrow(helper, drawing.box(BoxKind.TOOL, tool, "tool", key=f"{slug}/{sub.name}/{tool}"))
        for name in sub.mcp_servers:
            if name in servers:
                chosen = sub.mcp_tool_selections.get(name)
                drawing.arrow(helper, servers[name], _tools(chosen.enabled_tools if chosen else ()))
        _skills(drawing, helper, sub.skill_refs)


def _skills(drawing: _Drawing, owner: Box, references: Iterable[Any]) -> None:
    for each in references:
        title = f"{each.slug}:{each.version}" if each.version else each.slug
        drawing.arrow(owner, drawing.box(BoxKind.SKILL, title, "skill"), dashed=True)


def _how(server: Any) -> str:
    match server.WhichOneof("server_type"):
        case "stdio":
            return " ".join([server.stdio.command, *server.stdio.args][:3])
        case "http":
            return str(server.http.url).partition("?")[0].rpartition("@")[2]
        case "docker":
            return str(server.docker.image)
        case _:
            return "stored in the backend"


def _enabled(agent: Agent, name: str) -> Sequence[str]:
    return next((each.enabled_tools for each in agent.spec.mcp_servers if each.name == name), ())


def _tools(names: Sequence[str]) -> str:
    return f"{len(names)} of its tools" if len(names) > 3 else ", ".join(names)


def _all(tasks: Sequence[Task]) -> Iterator[Task]:
    for task in tasks:
        yield task
        for each in task_lists(task):
            yield from _all(each)
