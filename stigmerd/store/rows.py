"""A resource as a row of the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

COLUMNS = "kind, id, org, slug, name, parent, phase, tags, data, created_at, updated_at"
WITHOUT_DATA = COLUMNS.replace("data", "x''")
TAG_END = "\x1f"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One resource of any kind."""

    kind: int  # ApiResourceKind number
    id: str
    org: str
    slug: str
    name: str
    # instance: agent or workflow id; session: instance id; agent execution: session id;
    # workflow execution: workflow instance id; context: execution id; else empty
    parent: str
    phase: int  # executions: ExecutionPhase number, else 0
    tags: tuple[str, ...]
    data: bytes  # the serialised message, secrets encrypted
    created_at: str
    updated_at: str


def values_of(row: Row) -> tuple[Any, ...]:
    """In the order of `COLUMNS`."""
    return (
        row.kind,
        row.id,
        row.org,
        row.slug,
        row.name,
        row.parent,
        row.phase,
        "".join(tag + TAG_END for tag in row.tags),
        row.data,
        row.created_at,
        row.updated_at,
    )


def row_of(values: Sequence[Any]) -> Row:
    """`values` are in the order of `COLUMNS`."""
    kind, id_, org, slug, name, parent, phase, tags, data, created_at, updated_at = values
    return Row(
        kind=kind,
        id=id_,
        org=org,
        slug=slug,
        name=name,
        parent=parent,
        phase=phase,
        tags=tuple(tags.split(TAG_END)[:-1]),
        data=data,
        created_at=created_at,
        updated_at=updated_at,
    )


def search_text(row: Row) -> str:
    """What queries search in, whatever the case."""
    return f"{row.name}\n{row.slug}".casefold()
