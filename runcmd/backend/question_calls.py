"""The calls about what executions ask people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from runcmd.backend.calls import CREATE_SECONDS, LOOKUP_SECONDS, Backend

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stigmer_api.questions_pb2 import Question

SERVICE = "/stigmer.devloop.v1.Questions"


async def open_questions(backend: Backend, execution: str = "") -> Sequence[Question]:
    """Those that wait, oldest first: of an execution with all that it started, or of all.

    Raises BackendError; UnsupportedError on a server that asks nobody anything.
    """
    from stigmer_api.questions_pb2 import ListQuestionsReply, ListQuestionsRequest

    request = ListQuestionsRequest(execution_id=execution)
    reply = await backend.transport.call(f"{SERVICE}/list", request, ListQuestionsReply, LOOKUP_SECONDS)
    return reply.questions


async def answer_question(
    backend: Backend,
    execution: str,
    question: str,
    action: str,
    *,
    by: str,
    reason: str = "",
    always: bool = False,
    content: Mapping[str, Any] | None = None,
    fingerprint: str = "",
) -> None:
    """
    Args:
        action: `ACCEPT`, `DECLINE`, `CANCEL`.
        content: what was filled in.
        fingerprint: of the question that was seen.

    Raises BackendError: somebody else was quicker, or it does not wait any more.
    """
    from stigmer_api.questions_pb2 import AnswerQuestionReply, AnswerQuestionRequest

    request = AnswerQuestionRequest(
        execution_id=execution,
        question_id=question,
        action=action,
        reason=reason,
        always=always,
        fingerprint=fingerprint,
        by=by,
    )
    if content is not None:
        request.content.update(content)
    await backend.transport.call(f"{SERVICE}/answer", request, AnswerQuestionReply, CREATE_SECONDS)
