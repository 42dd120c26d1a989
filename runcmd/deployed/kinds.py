"""The kinds of resource that a user may list, show and delete."""

from __future__ import annotations

import difflib
from importlib import import_module
from typing import Any, Final

from runcmd.backend.messages import AGENTIC
from runcmd.errors import UsageError
from runcmd.frozen import Frozen
from stigmer_api.facts import ID_PREFIXES, ResourceKind


class StoredKind(Frozen):
    """One kind, and how the contract calls it."""

    number: ResourceKind
    word: str  # as users write it
    title: str  # as the contract writes it
    by_name: bool = True  # has getByReference

    @property
    def prefix(self) -> str:
        """Of its ids."""
        return ID_PREFIXES[self.number]

    @property
    def label(self) -> str:
        """As users read it: `agent instance`."""
        return self.word.replace("-", " ")

    @property
    def message(self) -> Any:
        """The class of its messages."""
        return getattr(import_module(f"stigmer_api.{self.title.lower()}_pb2"), self.title)

    def method(self, side: str, name: str) -> str:
        """`side` is Query or Command."""
        return f"{AGENTIC}.{self.title.lower()}.v1.{self.title}{side}Controller/{name}"


AGENT = StoredKind(number=ResourceKind.AGENT, word="agent", title="Agent")
WORKFLOW = StoredKind(number=ResourceKind.WORKFLOW, word="workflow", title="Workflow")
# Workflows are asked first, as by `run`.
KINDS: Final = (
    WORKFLOW,
    AGENT,
    StoredKind(number=ResourceKind.WORKFLOW_INSTANCE, word="workflow-instance", title="WorkflowInstance"),
    StoredKind(number=ResourceKind.AGENT_INSTANCE, word="agent-instance", title="AgentInstance"),
    StoredKind(number=ResourceKind.ENVIRONMENT, word="environment", title="Environment"),
    StoredKind(number=ResourceKind.MCP_SERVER, word="mcp-server", title="McpServer"),
    StoredKind(number=ResourceKind.SKILL, word="skill", title="Skill"),
    StoredKind(number=ResourceKind.SESSION, word="session", title="Session", by_name=False),
)
BY_NUMBER: Final[dict[int, StoredKind]] = {int(kind.number): kind for kind in KINDS}
SHORT: Final = {"instance": "-instance", "env": "environment", "mcp": "mcp-server", "wf": "workflow"}


def kinds_named(text: str) -> tuple[StoredKind, ...]:
    """`agent`, `agents`, `instances` (both), `all`. Raises UsageError."""
    word = text.strip().casefold().replace("_", "-").removesuffix("s")
    word = SHORT.get(word, word)
    if word in ("all", "al"):
        return KINDS
    found = tuple(kind for kind in KINDS if word in (kind.word, kind.word.replace("-", "")))
    found = found or tuple(kind for kind in KINDS if word.startswith("-") and kind.word.endswith(word))
    if not found:
        words = [kind.word for kind in KINDS]
        near = difflib.get_close_matches(word, words, n=1)
        raise UsageError(
            f'--kind: there is no kind "{text}"',
            code="E0154",
            hint=f"did you mean {near[0]}?" if near else f"one of: {', '.join(words)}",
        )
    return found
