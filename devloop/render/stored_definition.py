"""The definition of one resource, for people: instructions, tools, tasks, variables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from devloop.render.declared_options import function_lines, option_lines
from devloop.render.history import age
from devloop.render.words import one_line
from devloop.terminal.cells import wrapped
from devloop.terminal.stream import Style, Terminal, columns_of
from devloop.terminal.visible import visible
from runcmd.deployed.find import FoundResource
from stigmer_api.facts import PROJECT_ANNOTATION

INDENT = "  "
TASK_KIND = "WORKFLOW_TASK_KIND_"
# Of a task's configuration: what says most of it in one line.
TELLING = ("workflow", "agent", "activity", "seconds", "error", "message", "in", "service", "method", "uri")


class DefinitionScreen:
    """Lines of one resource."""

    def __init__(self, out: Terminal, now: datetime) -> None:
        self._out = out
        self._now = now

    def show(self, found: FoundResource) -> None:
        from google.protobuf.json_format import MessageToDict

        metadata = found.message.metadata
        spec = MessageToDict(found.message.spec, preserving_proto_field_name=True)
        self._line(f"{found.kind.label.capitalize()}: {found.name}", Style.BOLD)
        self._line(f"ID: {found.id}")
        if metadata.slug and metadata.slug != found.name:
            self._line(f"Slug: {metadata.slug}")
        self._line(f"Organization: {metadata.org}" if metadata.org else "")
        self._deployed(found)
        self._text("Description", spec.pop("description", ""))
        self._text("Instructions", spec.pop("instructions", ""))
        self._list("Functions", function_lines(metadata.annotations))
        self._list("MCP servers", map(_server, spec.pop("mcp_servers", [])))
        self._list("Skills", map(_reference, spec.pop("skill_refs", [])))
        self._list("Sub-agents", _sub_agents(spec.pop("sub_agents", []), metadata.annotations))
        self._list("Tasks", _tasks(spec.pop("tasks", [])))
        self._list("Environments", map(_reference, spec.pop("environment_refs", [])))
        variables = spec.pop("env_spec", {}).get("data", {}) | spec.pop("data", {})
        self._list("Variables", map(_variable, sorted(variables.items())))
        self._text("Contents", spec.pop("skill_md", ""))
        spec.pop("document", None)
        for line in option_lines(metadata.annotations):
            self._line(line)
        for name, value in spec.items():
            self._line(f"{name.replace('_', ' ').capitalize()}: {one_line(_plain(value))}")

    def _deployed(self, found: FoundResource) -> None:
        audit = found.message.status.audit.spec_audit
        if not audit.HasField("updated_at"):
            return
        updated, created = audit.updated_at.ToDatetime(), audit.created_at.ToDatetime()
        told = f"Updated: {age(f'{updated.isoformat()}Z', self._now)}"
        if created != updated:
            told += f", created {age(f'{created.isoformat()}Z', self._now)}"
        project = found.message.metadata.annotations.get(PROJECT_ANNOTATION, "")
        self._line(f"{told}, from {project}" if project else told)

    def _text(self, head: str, text: str) -> None:
        lines = text.rstrip().split("\n")
        if len(lines) == 1:
            self._line(f"{head}: {text}" if text.strip() else "")
            return
        self._line(f"{head}:")
        for line in lines:
            self._line(f"{INDENT}{line}")

    def _list(self, head: str, lines: Iterable[str]) -> None:
        shown = list(lines)
        if shown:
            self._line(f"{head}:")
        for line in shown:
            self._line(f"{INDENT}{line}")

    def _line(self, text: str, style: Style | None = None) -> None:
        """Broken between words where somebody looks; an empty one is left out."""
        if text.strip():
            deeper = len(text) - len(text.lstrip(" ")) + len(INDENT)
            for line in wrapped(visible(text), columns_of(self._out), deeper):
                self._out.line(line, style)


def yaml_of(document: Mapping[str, Any]) -> str:
    """As YAML in which a text of several lines looks like one."""
    import yaml

    class Dumper(yaml.SafeDumper):
        """With blocks for texts of several lines."""

    def text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
        style = "|" if "\n" in value else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)

    Dumper.add_representer(str, text)
    dumped: str = yaml.dump(dict(document), Dumper=Dumper, sort_keys=False, allow_unicode=True, width=100)
    return dumped


def _server(server: Mapping[str, Any]) -> str:
    stdio, http, docker = (server.get(way, {}) for way in ("stdio", "http", "docker"))
    where = " ".join([stdio.get("command", ""), *stdio.get("args", [])]).strip()
    where = where or http.get("url", "") or docker.get("image", "") or "the stored one"
    tools = server.get("enabled_tools", [])
    return f"{server['name']}: {where}" + (f" (only {', '.join(tools)})" if tools else "")


def _reference(reference: Mapping[str, Any]) -> str:
    version = reference.get("version", "")
    return f"{reference.get('slug', '')}" + (f" {version}" if version else "")


def _sub_agents(subs: Iterable[Mapping[str, Any]], annotations: Mapping[str, str]) -> Iterator[str]:
    for sub in subs:
        yield f"{sub['name']}: {one_line(sub.get('description') or sub.get('instructions', ''))}"
        yield from (f"{INDENT}{each}" for each in function_lines(annotations, sub["name"]))


def _variable(entry: tuple[str, Mapping[str, Any]]) -> str:
    name, value = entry
    secret = value.get("is_secret", False)
    given = value.get("value", "")
    told = name + (" (secret)" if secret else "")
    if given and not secret:
        told += f" = {one_line(given)}"
    return told + (f": {one_line(value['description'])}" if value.get("description") else "")


def _tasks(tasks: Sequence[Mapping[str, Any]], depth: int = 0) -> Iterator[str]:
    """A line each, what is within below it."""
    for task in tasks:
        config = task.get("task_config") or task.get("taskConfig") or {}
        kind = str(task.get("kind", "")).removeprefix(TASK_KIND)
        then = (task.get("flow") or {}).get("then", "")
        told = _told(config)
        line = f"{task.get('name', '')} [{kind}]" + (f" {told}" if told else "")
        yield INDENT * depth + line + (f" then {then}" if then else "")
        for head, within in _blocks(config):
            if head:
                yield INDENT * (depth + 1) + head
            yield from _tasks(within, depth + (2 if head else 1))


def _told(config: Mapping[str, Any]) -> str:
    endpoint = config.get("endpoint")
    flat = {**config, **(endpoint if isinstance(endpoint, Mapping) else {})}
    parts = [_plain(flat[name]) for name in TELLING if isinstance(flat.get(name), str | int | float)]
    if isinstance(variables := config.get("variables"), Mapping):
        parts += variables
    parts += [
        f"{case.get('name')} → {case.get('then')}"
        for case in config.get("cases", [])
        if isinstance(case, Mapping)
    ]
    to = config.get("to")
    parts += [str(each.get("id")) for each in (to.get("signals", []) if isinstance(to, Mapping) else [])]
    return one_line(", ".join(parts), 80)


def _blocks(config: Mapping[str, Any]) -> Iterator[tuple[str, Sequence[Mapping[str, Any]]]]:
    yield "", config.get("do", [])
    yield "", config.get("try", [])
    catch = config.get("catch")
    if isinstance(catch, Mapping) and catch.get("do"):
        yield "catch:", catch["do"]
    for branch in config.get("branches", []):
        yield f"branch {branch.get('name', '')}:", branch.get("do", [])


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
