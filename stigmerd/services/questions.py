"""What executions ask people: listed, and answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter

from google.protobuf.json_format import MessageToDict

from stigmer_api.agentexecution_pb2 import AgentExecution
from stigmer_api.facts import PARENT_ANNOTATION, is_terminal
from stigmer_api.questions_pb2 import (
    AnswerQuestionReply,
    AnswerQuestionRequest,
    ListQuestionsReply,
    ListQuestionsRequest,
    Question,
)
from stigmer_api.values import set_struct
from stigmerd.executions.live import Execution
from stigmerd.executions.log import Executions
from stigmerd.executions.questions import AnswerRefusedError, Decided, fingerprint
from stigmerd.executions.records import QuestionSet
from stigmerd.resources.rpc_error import RpcError, invalid, not_found, not_now
from stigmerd.services.rpc import Context

ACTIONS = {
    AnswerQuestionRequest.ACCEPT: "accept",
    AnswerQuestionRequest.DECLINE: "decline",
    AnswerQuestionRequest.CANCEL: "cancel",
}
MOST_REASON_CHARACTERS = 2000
MOST_CONTENT_BYTES = 1 << 20
Line = list[str]


class QuestionService:
    """Our own extension."""

    def __init__(self, executions: Executions) -> None:
        self._executions = executions
        self._handing: set[asyncio.Future[None]] = set()

    async def list(self, request: ListQuestionsRequest, context: Context) -> ListQuestionsReply:
        wanted = request.execution_id
        if wanted:
            self._found(wanted)
        asked: Iterable[Question] = [
            self._shown(execution_id, question)
            for execution_id, question in self._executions.questions.open()
            if not wanted or wanted in self._line(execution_id)
        ]
        return ListQuestionsReply(questions=sorted(asked, key=attrgetter("asked_at")))

    async def answer(self, request: AnswerQuestionRequest, context: Context) -> AnswerQuestionReply:
        execution_id, question_id = request.execution_id, request.question_id
        if len(request.reason) > MOST_REASON_CHARACTERS:
            raise invalid(f"validation error: reason: at most {MOST_REASON_CHARACTERS} characters")
        if request.content.ByteSize() > MOST_CONTENT_BYTES:
            raise invalid(f"validation error: content: at most {MOST_CONTENT_BYTES:,} bytes")
        answer = Decided(
            action=ACTIONS[request.action],
            reason=request.reason,
            always=request.always,
            by=request.by[:100],
            content=MessageToDict(request.content) if request.HasField("content") else None,
        )
        try:
            hand_on = self._executions.questions.answer(
                execution_id, question_id, answer, seen=request.fingerprint
            )
        except AnswerRefusedError as error:
            raise self._refusal(execution_id, error) from None
        handing = asyncio.ensure_future(self._hand_on(hand_on))
        self._handing.add(handing)
        handing.add_done_callback(self._handing.discard)
        await asyncio.shield(handing)  # also if who answered has gone meanwhile
        question = self._executions.questions.find(execution_id, question_id)
        return AnswerQuestionReply(question=self._shown(execution_id, question) if question else None)

    async def _hand_on(self, calls: Sequence[Callable[[], None]]) -> None:
        """Nothing may follow from an answer that could be lost."""
        await self._executions.on_disk()
        for each in calls:
            each()

    def _refusal(self, execution_id: str, error: AnswerRefusedError) -> RpcError:
        execution = self._found(execution_id)
        if is_terminal(execution.status.phase):
            return not_now(f"{execution_id} has ended; it waits for no answer any more", code="E1303")
        if not isinstance(execution, AgentExecution):
            return invalid(f"{execution_id} is a workflow: answer the agent that asks", code="E1302")
        if error.known:
            return not_now(str(error), code="E1303")
        return not_found(str(error), code="E1302")

    def _found(self, execution_id: str) -> Execution:
        try:
            return self._executions.get(execution_id)
        except KeyError:
            raise not_found(f"execution not found: {execution_id}") from None

    def _line(self, execution_id: str) -> Sequence[str]:
        """It, and those that started it, the nearest first."""
        line: Line = []
        while execution_id and execution_id not in line:
            line.append(execution_id)
            try:
                execution = self._executions.get(execution_id)
            except KeyError:
                break
            execution_id = execution.metadata.annotations.get(PARENT_ANNOTATION, "").partition("/")[0]
        return line

    def _shown(self, execution_id: str, question: QuestionSet) -> Question:
        shown = Question(
            execution_id=execution_id,
            id=question.id,
            kind=question.kind,
            call=question.call,
            tool=str(question.input.get("tool", "")),
            asked_at=question.asked_at,
            fingerprint=fingerprint(question),
            within=self._line(execution_id)[1:],
        )
        set_struct(shown.about, question.input)
        status = self._executions.get(execution_id).status
        for call in status.tool_calls if hasattr(status, "tool_calls") else ():
            if call.id == question.call:
                shown.arguments.CopyFrom(call.args)
        return shown
