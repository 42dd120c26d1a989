"""A file with manifests becomes documents. What is wrong has a file, a line, a column and a document."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runcmd.project import ManifestText
from runcmd.synthesis.documents import Document, DocumentPlace
from runcmd.synthesis.files.fields import FieldReader, camel
from runcmd.synthesis.files.kinds import ELSEWHERE, KINDS, empty_message
from stigmer_api.facts import (
    ALLOW_ANNOTATION,
    API_VERSION,
    FILE_ANNOTATION,
    GENERATED_ANNOTATION,
    HASH_ANNOTATION,
    ORGANIZATION_SCOPE,
    PROJECT_ANNOTATION,
)
from stigmer_api.slugs import sdk_slug

if TYPE_CHECKING:
    from yaml.nodes import Node

SERVERS_OWN = frozenset({"status"})  # what a server wrote, if the file was made from its answer


def documents_of(text: ManifestText, directory: Path) -> list[Document]:
    """All that it declares, in its order.

    Args:
        directory: where programs of an agent's servers start, if the text is in no file.

    Raises:
        ProjectError: at the first mistake.
    """
    import yaml

    from stigmer_api.yaml_text import composed_all, slip

    found: list[Document] = []
    number = 0
    try:
        for number, node in enumerate(composed_all(text.text), 1):
            if not (isinstance(node, yaml.ScalarNode) and node.value == ""):  # `---` with nothing after it
                found.append(_document(node, partial(_place, text, number), text.file, directory))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        problem = error.problem or "not YAML"
        raise _at(text, number + 1, line, column).mistake(
            problem, code="E0241", hint=slip(problem)
        ) from error
    except yaml.YAMLError as error:
        problem = str(error).splitlines()[0]
        raise _at(text, number + 1, 1, 1).mistake(problem, code="E0241") from error
    return found


def _at(text: ManifestText, number: int, line: int, column: int) -> DocumentPlace:
    return DocumentPlace(
        source=text.name, file=str(text.file or ""), line=line, column=column, document=number
    )


def _place(text: ManifestText, number: int, node: Node) -> DocumentPlace:
    return _at(text, number, node.start_mark.line + 1, node.start_mark.column + 1)


def _document(node: Node, place_of: Any, file: Path | None, directory: Path) -> Document:
    title = _kind(node, place_of)
    message: Any = empty_message(title)
    reader = FieldReader(place_of)
    reader.places[""] = place_of(node)
    reader.fill(message, node, skip=SERVERS_OWN)
    metadata = message.metadata
    if not metadata.name and not metadata.slug:
        raise reader.places.get("metadata", reader.places[""]).mistake(
            f"the {title} has no name", code="E0246", hint="write metadata: {name: …}"
        )
    metadata.name = metadata.name or metadata.slug
    metadata.slug = metadata.slug or sdk_slug(metadata.name)
    metadata.owner_scope = metadata.owner_scope or ORGANIZATION_SCOPE
    for annotation in (GENERATED_ANNOTATION, HASH_ANNOTATION, ALLOW_ANNOTATION):
        metadata.annotations.pop(annotation, None)
    if title in ("Agent", "Workflow"):
        metadata.annotations[FILE_ANNOTATION] = str(file or "standard input")
    if title == "Agent":  # its servers' programs start there
        metadata.annotations[PROJECT_ANNOTATION] = str(file.parent if file else directory)
    digest = hashlib.blake2b(message.SerializeToString(deterministic=True), digest_size=16).hexdigest()
    if title in ("Agent", "Workflow"):  # of the others it would tell of their secrets
        metadata.annotations[HASH_ANNOTATION] = digest
    document = Document(
        kind=KINDS[title],
        title=title,
        name=metadata.name,
        slug=metadata.slug,
        hash=digest,
        message=message,
        places=reader.places,
    )
    _check_rules(document)
    return document


def _kind(node: Node, place_of: Any) -> str:
    """Of what the document declares. Raises ProjectError."""
    import yaml

    if not isinstance(node, yaml.MappingNode):
        raise place_of(node).mistake(
            "a manifest is made of `key: value` lines",
            code="E0244",
            hint="it begins with apiVersion and kind",
        )
    named = {str(key.value): value for key, value in node.value}
    version = named.get("apiVersion", named.get("api_version"))
    if version is None:
        raise place_of(node).mistake(
            '"apiVersion" is missing', code="E0244", hint=f"write apiVersion: {API_VERSION}"
        )
    if version.value != API_VERSION:
        raise place_of(version).mistake(
            f'"{version.value}" is not a known version',
            code="E0244",
            hint=f"write apiVersion: {API_VERSION}",
        )
    kind = named.get("kind")
    known = ", ".join(KINDS)
    if kind is None or not isinstance(kind.value, str):
        raise place_of(kind or node).mistake('"kind" is missing', code="E0244", hint=f"one of {known}")
    if kind.value in KINDS:
        return str(kind.value)
    near = get_close_matches(kind.value, KINDS, n=1)
    hint = ELSEWHERE.get(kind.value) or (f'did you mean "{near[0]}"?' if near else f"one of {known}")
    raise place_of(kind).mistake(f'a file cannot declare the kind "{kind.value}"', code="E0244", hint=hint)


def _check_rules(document: Document) -> None:
    """Raises ProjectError for the first rule of the contract that it breaks; it names the others."""
    from stigmer_api.validation import violations

    found = list(violations(document.message))
    if not found:
        return
    first, *others = found
    error = document.at(first.field).mistake(
        f'{document.title} "{document.name}": {camel(first.field)}: {first.message}', code="E0246"
    )
    error.details = tuple(_lines(document, others))
    raise error


def _lines(document: Document, others: list[Any]) -> Iterator[str]:
    for each in others:
        place = document.at(each.field)
        yield f"  {place.source}:{place.line}:{place.column}: {camel(each.field)}: {each.message}"
