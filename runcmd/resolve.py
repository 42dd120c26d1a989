"""Which agent or workflow did they mean?"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence

from runcmd.errors import TargetError, UsageError
from runcmd.events import TargetKind
from runcmd.frozen import Frozen
from runcmd.resource import key
from stigmer_api.facts import ID_PREFIXES, ResourceKind
from stigmer_api.slugs import sdk_slug, server_slug

# Workflows are asked first.
KINDS = (TargetKind.WORKFLOW, TargetKind.AGENT)
AGENT_PREFIX, WORKFLOW_PREFIX = ID_PREFIXES[ResourceKind.AGENT], ID_PREFIXES[ResourceKind.WORKFLOW]
INSTANCE_PREFIXES = {
    ID_PREFIXES[ResourceKind.AGENT_INSTANCE]: TargetKind.AGENT,
    ID_PREFIXES[ResourceKind.WORKFLOW_INSTANCE]: TargetKind.WORKFLOW,
}
PREFIXES = {
    AGENT_PREFIX: (TargetKind.AGENT, AGENT_PREFIX),
    WORKFLOW_PREFIX: (TargetKind.WORKFLOW, WORKFLOW_PREFIX),
    "wf": (TargetKind.WORKFLOW, WORKFLOW_PREFIX),  # as people write it
    **{prefix: (kind, prefix) for prefix, kind in INSTANCE_PREFIXES.items()},
}

DEPLOYED = "stigmer run --deployed"  # what the backend has, whatever the code says


class Candidate(Frozen):
    """An agent or workflow that can be run."""

    kind: TargetKind
    name: str
    slug: str
    id: str
    description: str = ""
    instance: str = ""  # the id of the instance by which it runs; empty: the one that it has by itself
    session: str = ""  # the id of the session in which an agent's instance is asked; empty: a new one


class ById(Frozen):
    """The argument looks like an id."""

    kind: TargetKind
    ids: tuple[str, ...]  # as given, then as servers write it
    instance: bool = False  # of an instance of such an agent or workflow


def as_id(selector: str) -> ById | None:
    """`agt-…`, `wfl_…`, `wf-…`; `ain-…` and `win-…` of instances."""
    match = re.fullmatch(rf"({'|'.join(PREFIXES)})[-_]([0-9A-Za-z]{{26}})", selector)
    if match is None:
        return None
    kind, prefix = PREFIXES[match[1]]
    ids = tuple(dict.fromkeys([selector, f"{prefix}-{match[2].lower()}"]))
    return ById(kind=kind, ids=ids, instance=prefix in INSTANCE_PREFIXES)


def as_kind_and_slug(selector: str) -> tuple[TargetKind, str] | None:
    """`agent:host`, `workflow:week-report`: where both kinds have one of that name."""
    kind, colon, slug = selector.partition(":")
    return (TargetKind(kind), slug) if colon and slug and kind in {each.value for each in KINDS} else None


def as_slugs(selector: str) -> tuple[str, ...]:
    """As given, then as a display name: the SDK's rule and the server's, which differ in what they drop."""
    ways = [selector, sdk_slug(selector), server_slug(selector)]
    return tuple(slug for slug in dict.fromkeys(ways) if slug)


def resolve(selector: str, candidates: Sequence[Candidate]) -> Candidate | None:
    """By id, then by kind and slug (`agent:host`), slug, display name; workflows before agents."""
    wanted = as_id(selector)
    if wanted is not None:
        own = (each for each in candidates if (each.instance if wanted.instance else each.id) in wanted.ids)
        found = next(own, None)
        if found is not None:
            return found
    by_key = {key(each.kind, each.slug): each for each in candidates}
    if (exact := by_key.get(selector)) is not None:
        return exact
    by_slug = {(each.kind, each.slug): each for each in candidates}
    by_name = {(each.kind, each.name): each for each in reversed(candidates)}
    ways = [by_slug.get((kind, slug)) for slug in as_slugs(selector) for kind in KINDS]
    ways += [by_name.get((kind, selector)) for kind in KINDS]
    return next((way for way in ways if way is not None), None)


def not_found(selector: str, names: Iterable[str]) -> TargetError:
    """The block that names what was checked, with the nearest names."""
    return TargetError(
        f"Agent or Workflow not found: {selector}",
        code="E0601",
        hint=did_you_mean(selector, names),
        details=(
            "Checked for:",
            f"  • Workflow with ID/name: {selector}",
            f"  • Agent with ID/name: {selector}",
            f"  • Instance of a workflow or agent with ID/name: {selector}",
            "",
            "Possible reasons:",
            "  • Resource doesn't exist in organization",
            "  • Resource hasn't been deployed yet (run: stigmer apply)",
            "  • Wrong organization context",
        ),
        facts={"selector": selector},
    )


def no_longer_declared(
    selector: str, kind: TargetKind, candidates: Sequence[Candidate], program: str
) -> TargetError:
    """The project declared and deployed it once; today's code does not."""
    anyway = f"to run what was deployed then: {DEPLOYED} {shlex.quote(selector)}"
    near = did_you_mean(selector, [each.slug for each in candidates])
    return TargetError(
        f'{program} no longer declares "{selector}": the backend has only what was deployed from here before',
        code="E0602",
        hint=f"{near} {anyway}" if near else anyway,
        details=("It declares:", *(f"  • {each.kind.value} {each.slug}" for each in candidates)),
        facts={"selector": selector, "kind": kind.value, "deployed": "true"},
    )


def no_project() -> UsageError:
    return UsageError(
        "No Stigmer.yaml found in current directory",
        code="E0201",
        details=(
            "Either:",
            "  • Run from a Stigmer project directory",
            "  • Or specify agent/workflow: stigmer run <name-or-id>",
            "  • Or make a project: stigmer new <name>",
        ),
    )


def nothing_to_run() -> TargetError:
    """Files with manifests declare no agent, workflow, instance or session, and no project does."""
    return TargetError(
        "the files declare nothing that can run",
        code="E0604",
        hint="name what to run: stigmer run NAME -f FILE",
    )


def nobody_chose(
    candidates: Sequence[Candidate], names: Sequence[str] = (), typed: str = "", *, of_files: bool = False
) -> UsageError:
    """There are several and nobody to ask: the commands to choose from.

    Args:
        names: what they are called beside files with manifests.
        typed: the options that were given, to be given again.
        of_files: files with manifests declare them.
    """
    message = f"{len(candidates)} agents and workflows to choose from, and none was chosen"
    if any(each.instance for each in candidates):
        commands = [f"stigmer run {shlex.quote(name)}{typed}" for name in names]
    else:
        commands = [f"{command(each, candidates)}{typed}" for each in candidates]
    return UsageError(
        message,
        code="E0603",
        hint="" if of_files else "or set run.default in Stigmer.yaml; --all runs each of them",
        details=("Run one of:", *(f"  {each}" for each in commands)),
    )


def default_missing(name: str, candidates: Sequence[Candidate]) -> UsageError:
    declared = ", ".join(each.slug for each in candidates)
    return UsageError(
        f'run.default in Stigmer.yaml is "{name}", which the project does not declare',
        code="E0218",
        hint=did_you_mean(name, (each.slug for each in candidates)) or f"declared: {declared}",
    )


def command(candidate: Candidate, candidates: Sequence[Candidate]) -> str:
    """The exact command that runs this one."""
    hidden = resolve(candidate.slug, candidates) != candidate
    own_id = candidate.instance or candidate.id
    return f"stigmer run {shlex.quote(own_id if hidden else candidate.slug)}"


def did_you_mean(word: str, names: Iterable[str]) -> str:
    """A question that names the nearest, or nothing."""
    import difflib

    near = difflib.get_close_matches(word.lower(), list(dict.fromkeys(names)), n=3, cutoff=0.6)
    quoted = " or ".join(f'"{name}"' for name in near)
    return f"did you mean {quoted}?" if near else ""
