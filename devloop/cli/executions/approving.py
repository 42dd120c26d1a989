"""`stigmer executions approve` and `deny`: a call of a tool that waits goes on, or is not made."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from devloop.cli.connect import BackendChoice
from devloop.cli.opened import asking, opened
from devloop.render.output import Output
from devloop.render.renderer import Renderer
from devloop.render.words import one_line
from devloop.terminal.standard import narrate
from devloop.terminal.stream import standard_terminals
from runcmd.backend.calls import Backend
from runcmd.backend.question_calls import answer_question, open_questions
from runcmd.backend.refusals import NotFoundError, RefusedError
from runcmd.errors import EXIT_OK, TargetError
from runcmd.frozen import Frozen
from runcmd.which_execution import execution_named
from stigmer_api.values import as_json

if TYPE_CHECKING:
    from stigmer_api.questions_pb2 import Question

FORM = "form"  # a yes does not fill it in; where a run is shown it can be


class GivenAnswer(Frozen):
    """What somebody decided."""

    approve: bool
    reason: str = ""
    always: bool = False
    every: bool = False  # all that wait


def decide(execution: str, calls: Sequence[str], verdict: GivenAnswer, server: str) -> int:
    """The exit status."""
    narrate()
    return asking(server, Output.PLAIN, partial(_decide, execution, calls, verdict))


async def _decide(
    wanted: str, calls: Sequence[str], verdict: GivenAnswer, choice: BackendChoice, _renderer: Renderer
) -> int:
    out, _ = standard_terminals()
    async with opened(choice) as backend:
        execution = await execution_named(wanted, backend)
        asked = [
            each
            for each in await open_questions(backend, execution)
            if each.kind != FORM or not verdict.approve
        ]
        chosen = asked if verdict.every and not calls else _chosen(execution, calls, asked, backend)
        if verdict.every and not chosen:
            raise _nothing(execution, backend)
        for question in chosen:
            await _answer(backend, question.execution_id, question.id, verdict, question.fingerprint)
            out.line(_done(question, verdict))
        for call in calls if not chosen else ():
            await _answer(backend, execution, call, verdict)  # the backend knows what became of it
    return EXIT_OK


async def _answer(
    backend: Backend, execution: str, call: str, verdict: GivenAnswer, fingerprint: str = ""
) -> None:
    """Raises TargetError: it asks no such thing, or somebody was quicker."""
    command = "approve" if verdict.approve else "deny"
    try:
        await answer_question(
            backend,
            execution,
            call,
            "ACCEPT" if verdict.approve else "DECLINE",
            by=f"executions {command}",
            reason=verdict.reason,
            always=verdict.always,
            fingerprint=fingerprint,
        )
    except (NotFoundError, RefusedError) as error:
        show = backend.address.command("executions show", execution)
        raise TargetError(error.message, code=error.code, hint=f"see what it does: {show}") from error


def _chosen(
    execution: str, calls: Sequence[str], asked: Sequence[Question], backend: Backend
) -> list[Question]:
    """Empty: a call was named that does not wait. Raises TargetError."""
    if not calls:
        if len(asked) > 1:
            raise TargetError(
                f"{len(asked)} calls of {execution} wait for an approval",
                code="E1304",
                hint="name one, or say --all",
                details=tuple(f"  {_line(each)}" for each in asked),
            )
        if not asked:
            raise _nothing(execution, backend)
        return [*asked]
    found: list[Question] = []
    for call in calls:
        mine = [each for each in asked if each.id == call] or [each for each in asked if each.tool == call]
        if len(mine) > 1:
            raise TargetError(
                f'{len(mine)} calls of {execution} are called "{call}"',
                code="E1304",
                hint="give the id of one",
                details=tuple(f"  {_line(each)}" for each in mine),
            )
        found += mine
    return found if len(found) == len(calls) else []


def _nothing(execution: str, backend: Backend) -> TargetError:
    return TargetError(
        f"no call of {execution} waits for an approval",
        code="E1302",
        hint=f"see what it does: {backend.address.command('executions show', execution)}",
    )


def _done(question: Question, verdict: GivenAnswer) -> str:
    what = f"approved {question.id}" if verdict.approve else f"denied {question.id}"
    always = ", and each later call of this tool in this execution" if verdict.always else ""
    return f"{what} of {question.execution_id}: {question.tool}{always}"


def _line(question: Question) -> str:
    return f"{question.id}  {question.tool} {one_line(as_json(question.arguments))}"
