"""What can be checked only when everything is declared, and what a run must look at besides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stigmer.activities import Activity
from stigmer.agents import Agent, SubAgent
from stigmer.errors import MEANT, DeclarationError, did_you_mean
from stigmer.jq_paths import paths
from stigmer.skills import SkillFolder
from stigmer.variables import similar
from stigmer.workflows import Workflow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stigmer.flow import Flow, NamedCall
    from stigmer.project import Declarations
    from stigmer.written_program import WrittenProgram

Facts = dict[str, Any]
VARIABLES = ("env_vars", "secrets")


def check(project: Declarations) -> None:
    """Activities that are called by their names, and variables that programs in jq ask for."""
    activities = project.of(Activity)
    for flow in _flows(project):
        for reference in flow.named:
            if reference.kind == "activity" and reference.name not in activities:
                hint = did_you_mean(reference.name, activities)
                _mistaken(project, f'there is no activity "{reference.name}"{hint}', reference)
        for program in flow.programs:
            for name in _variables_of(program):
                if name not in flow.variables and (meant := similar(name, flow.variables)):
                    reason = f'workflow "{flow.name}" declares no variable {name}{MEANT}{meant}"?)'
                    project.mistaken(DeclarationError(reason, program.at))


def facts_for_run(project: Declarations) -> Facts:
    """Empty if there is nothing to look at. Others may be deployed under names that nobody declares here."""
    known: dict[str, dict[str, Any]] = {"agent": project.of(Agent), "workflow": project.of(Workflow)}
    flows = list(_flows(project))
    found: Facts = {
        "references": [
            {"kind": each.kind, "name": each.name, **_place(each.place), "nearest": _nearest(each, known)}
            for flow in flows
            for each in flow.named
            if each.kind in known and each.name not in known[each.kind]
        ],
        "programs": [
            {"text": each.text, "bound": list(each.bound), **_place(each.at)}
            for flow in flows
            for each in flow.programs
        ],
        "skills": [
            {"slug": skill.slug, "org": skill.org, "version": skill.version, **_place(holder.place)}
            for holder in _holders(project)
            for skill in holder.skills
            if not isinstance(skill, SkillFolder)
        ],
        "scripts": [
            {"file": script.file, "text": script.text}
            for holder in _holders(project)
            for script in holder.scripts
        ],
    }
    return {name: facts for name, facts in found.items() if facts}


def _flows(project: Declarations) -> Iterator[Flow]:
    for workflow in project.of(Workflow).values():
        yield workflow._flow


def _holders(project: Declarations) -> Iterator[Agent | SubAgent]:
    """Of skills, of scripts."""
    for agent in project.of(Agent).values():
        yield agent
        yield from agent.sub_agents


def _variables_of(program: WrittenProgram) -> Iterator[str]:
    for root, fields in paths(program.text):
        if root in (".", "$data") and fields[0] in VARIABLES and len(fields) > 1:
            yield fields[1]
        elif root == "$env":
            yield fields[0]


def _nearest(reference: NamedCall, known: dict[str, dict[str, Any]]) -> str:
    return DeclarationError(did_you_mean(reference.name, known[reference.kind]), reference.place).nearest


def _mistaken(project: Declarations, reason: str, reference: NamedCall) -> None:
    project.mistaken(DeclarationError(reason, reference.place))


def _place(place: Any) -> Facts:
    return {"file": place.file, "line": place.line}
