"""What is the agent or workflow called, of which this is an execution?"""

from __future__ import annotations

from runcmd.backend.calls import Backend
from runcmd.backend.messages import Execution
from runcmd.backend.refusals import NotFoundError
from runcmd.events import TargetKind


class Names:
    """Asks the backend, once for each agent and workflow."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._known: dict[str, str] = {}

    async def of(self, execution: Execution, kind: TargetKind) -> str:
        """Its id where it has no name any more, and the execution's where not even that is known.

        Raises BackendError.
        """
        resource = str(getattr(execution.spec, f"{kind.value}_id"))
        if not resource:
            return execution.metadata.name or execution.metadata.id
        if resource not in self._known:
            try:
                self._known[resource] = (await self._backend.get(kind, resource)).metadata.name
            except NotFoundError:
                self._known[resource] = ""
        return self._known[resource] or resource
