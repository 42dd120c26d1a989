"""One document of a file with manifests: what it is, and where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runcmd.errors import ProjectError
from runcmd.frozen import Frozen
from stigmer_api.facts import ResourceKind

if TYPE_CHECKING:
    from google.protobuf.message import Message


class DocumentPlace(Frozen):
    """Where something stands, counted from 1."""

    source: str  # the name of its file
    file: str  # its whole path; empty: it came from a pipe
    line: int
    column: int
    document: int

    def mistake(self, problem: str, *, code: str, hint: str = "") -> ProjectError:
        """`support.yaml:3:5: …`"""
        facts = {"line": str(self.line), "column": str(self.column), "document": str(self.document)}
        return ProjectError(
            f"{self.source}:{self.line}:{self.column}: {problem} (document {self.document})",
            code=code,
            hint=hint,
            facts={**({"file": self.file} if self.file else {}), **facts},
        )


class Document(Frozen):
    """A resource as a file declares it."""

    kind: ResourceKind
    title: str  # of the kind: `AgentInstance`
    name: str
    slug: str
    hash: str
    message: Message
    places: dict[str, DocumentPlace]  # of its fields, by their paths; empty: of itself

    def __repr__(self) -> str:
        return f"Document({self.title} {self.slug})"  # an environment has secrets

    @property
    def place(self) -> DocumentPlace:
        return self.places[""]

    def at(self, path: str) -> DocumentPlace:
        """Of a field, or of what is around it."""
        while path not in self.places:
            cut = max(path.rfind("."), path.rfind("["))
            path = path[:cut] if cut > 0 else ""
        return self.places[path]

    @property
    def metadata(self) -> Any:
        return self.message.metadata  # type: ignore[attr-defined]

    @property
    def spec(self) -> Any:
        return self.message.spec  # type: ignore[attr-defined]
