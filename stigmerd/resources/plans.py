"""What is to be executed: the execution, its template, and where its variables come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic

from stigmer_api.apiresource_pb2 import ApiResourceReference
from stigmer_api.attachments import Attachment
from stigmer_api.session_pb2 import Session
from stigmerd.resources.kinds import Kind, M


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ExecutionPlan(Generic[M]):
    """Nothing of it is stored yet. `execution` is a copy that may be changed, `template` as it is stored."""

    kind: Kind[M]
    execution: M
    template: Any  # the Agent or Workflow
    environments: Sequence[ApiResourceReference]
    new_session: Session | None = None  # to be stored with it
    attachments: Sequence[Attachment] = ()  # files beside the message
    continued_session: str = ""  # the id of one that had executions before
