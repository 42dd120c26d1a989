"""What the program declares and what the files declare, as one manifest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from runcmd.errors import ProjectError
from runcmd.events import Emit, ManifestsLoaded, TargetKind
from runcmd.project import Project
from runcmd.resource import key
from runcmd.synthesis.documents import Document
from runcmd.synthesis.files.reading import documents_of
from runcmd.synthesis.manifest import Declared, Manifest
from stigmer_api.facts import ResourceKind
from stigmer_api.values import from_struct

RUN_KINDS: Mapping[ResourceKind, TargetKind] = {
    ResourceKind.AGENT: TargetKind.AGENT,
    ResourceKind.WORKFLOW: TargetKind.WORKFLOW,
}


async def with_files(manifest: Manifest, project: Project, emit: Emit) -> Manifest:
    """The manifest and all that the project's files declare. Raises ProjectError."""
    documents = [each for text in project.manifests for each in documents_of(text, project.directory)]
    _check_once(documents, manifest)
    if not documents:
        names = ", ".join(each.name for each in project.manifests)
        raise ProjectError(f"{names} declares nothing", code="E0244", hint="it has no document")
    declared = [_declared(each) for each in documents if each.kind in RUN_KINDS]
    await emit(
        ManifestsLoaded(files=tuple(each.name for each in project.manifests), resources=len(documents))
    )
    known = {each.key for each in (*manifest.resources, *declared)}
    needs = {each.key: tuple(_agents(each, known)) for each in declared}
    return replace(
        manifest,
        resources=(*manifest.resources, *declared),
        dependencies={**manifest.dependencies, **{one: needed for one, needed in needs.items() if needed}},
        documents=tuple(documents),
    )


def _declared(document: Document) -> Declared:
    return Declared(
        kind=RUN_KINDS[document.kind],
        name=document.name,
        slug=document.slug,
        description=document.spec.description,
        hash=document.hash,
        message=document.message,  # type: ignore[arg-type]  # its kind says so
    )


def _check_once(documents: Sequence[Document], manifest: Manifest) -> None:
    """Raises ProjectError for what is declared twice."""
    by_program = {each.key for each in manifest.resources}
    seen: dict[tuple[ResourceKind, str], Document] = {}
    for each in documents:
        if each.kind in RUN_KINDS and key(RUN_KINDS[each.kind], each.slug) in by_program:
            raise each.place.mistake(
                f"the project's program declares the {each.title} {each.slug}, too",
                code="E0245",
                hint="rename one of them, or leave the program alone with --deployed",
            )
        other = seen.setdefault((each.kind, each.slug.lower()), each)
        if other is not each:
            where = f"{other.place.source}:{other.place.line}"
            raise each.place.mistake(
                f"the {each.title} {each.slug} is declared at {where}, too",
                code="E0245",
                hint="rename one of them",
            )


def _agents(declared: Declared, known: set[str]) -> Iterator[str]:
    """The agents that a workflow's tasks call, as far as they are deployed together with it."""
    if declared.kind is not TargetKind.WORKFLOW:
        return
    message: Any = declared.message
    ahead: list[object] = [from_struct(task.task_config) for task in message.spec.tasks]
    while ahead:
        value = ahead.pop()
        if isinstance(value, dict):
            if isinstance(slug := value.get("agent"), str) and key(TargetKind.AGENT, slug) in known:
                yield key(TargetKind.AGENT, slug)
            ahead += value.values()
        elif isinstance(value, list):
            ahead += value
