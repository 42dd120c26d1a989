"""The daemon's side of a question: decided by a rule, or shown until somebody answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase

from stigmer_api.facts import APPROVAL_ANNOTATION
from stigmerd.agents.frames import Message
from stigmerd.agents.problems import AgentProblem
from stigmerd.executions.log import Executions
from stigmerd.executions.masking import Masker, mask_record
from stigmerd.executions.questions import WAITING, Decided, fingerprint_of
from stigmerd.executions.records import QuestionSet
from stigmerd.store.clock import now

OTHERWISE = ("wait", "deny", "fail")
NOBODY = "nobody is there to approve it"


class NotApprovedError(AgentProblem):
    """The run was told to fail where somebody would have to be asked."""

    code = "E1301"


@dataclass(frozen=True, kw_only=True)
class RunRules:
    """What whoever started an execution said about approvals: the annotation of it, JSON."""

    approve: tuple[str, ...] = ()  # patterns of tools that nobody is asked about
    otherwise: str = "wait"

    @classmethod
    def of(cls, annotations: Mapping[str, str]) -> RunRules:
        """Raises AgentProblem."""
        text = annotations.get(APPROVAL_ANNOTATION, "")
        if not text:
            return cls()
        try:
            said = json.loads(text)
            rules = cls(approve=tuple(map(str, said["approve"])), otherwise=str(said["otherwise"]))
        except (ValueError, LookupError, TypeError):
            rules = cls(otherwise="")
        if rules.otherwise not in OTHERWISE:
            raise AgentProblem(f"the annotation {APPROVAL_ANNOTATION} is not what `stigmer run` writes")
        return rules

    def answer(self, question: QuestionSet) -> Decided | None:
        """Of an approval; None: somebody is asked. Raises NotApprovedError."""
        tool = str(question.input.get("tool", ""))
        if question.kind == "approval" and any(fnmatchcase(tool, each) for each in self.approve):
            return Decided(action="accept", by="--approve")
        if self.otherwise == "wait":
            return None
        if self.otherwise == "fail" and question.kind == "approval":
            raise NotApprovedError(f"{tool} needs an approval, and {NOBODY} (--on-approval fail)")
        return Decided(action="decline", reason=NOBODY, by=f"--on-approval {self.otherwise}")


class Desk:
    """Takes the questions of agent processes."""

    def __init__(self, executions: Executions) -> None:
        self._executions = executions

    async def take(
        self, execution_id: str, message: Message, masker: Masker, send: Callable[[Message], None]
    ) -> None:
        """A question. What answers it goes back by `send`. Raises AgentProblem."""
        question = _masked(message, masker)

        def deliver(answer: Decided) -> None:
            send({"type": "answer", "id": message["id"], "question": question.id, "answer": asdict(answer)})

        rules = RunRules.of(self._executions.spec(execution_id).metadata.annotations)
        if (answer := rules.answer(question)) is not None:
            self._executions.questions.decide(execution_id, question, answer)
        else:
            answer = self._executions.questions.ask(execution_id, question, deliver)
        # It must be known what was asked, and what was answered, before anything follows.
        await self._executions.on_disk()
        if answer is not None:
            deliver(answer)

    def withdraw(self, execution_id: str, message: Message) -> None:
        self._executions.questions.withdraw(execution_id, message["question"])


def _masked(message: Message, masker: Masker) -> QuestionSet:
    asked = message["question"]
    about = {**asked["input"], "fingerprint": ""}
    question = QuestionSet(
        id=asked["id"],
        call=asked["call"],
        kind=asked["kind"],
        input=about,
        state=WAITING,
        output={},
        asked_at=now(),
        answered_at="",
    )
    masked = mask_record(question, masker)
    assert isinstance(masked, QuestionSet)
    seen = fingerprint_of(
        masked.kind, [masked.input, masker.json(message["args"]) if masker else message["args"]]
    )
    masked.input["fingerprint"] = seen
    return masked
