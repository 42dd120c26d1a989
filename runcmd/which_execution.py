"""Which execution did they mean? `wex-…`, the beginning of an id, `last`, or `last:NAME`."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from runcmd.backend.calls import Backend
from runcmd.backend.messages import Execution
from runcmd.backend.refusals import NotFoundError
from runcmd.errors import BackendError, TargetError
from runcmd.events import TargetKind
from runcmd.history.ask import newest
from runcmd.history.past import PastExecution, Wanted
from runcmd.history.plain_server import NoListError
from runcmd.resolve import KINDS, did_you_mean
from stigmer_api.facts import EXECUTION_KINDS, ID_PREFIXES, ResourceKind

LAST = "last"
KINDS_BY_PREFIX = {
    ID_PREFIXES[ResourceKind.AGENT_EXECUTION]: (TargetKind.AGENT,),
    ID_PREFIXES[ResourceKind.WORKFLOW_EXECUTION]: (TargetKind.WORKFLOW,),
}
_KIND = "|".join(ID_PREFIXES[kind] for kind in EXECUTION_KINDS)
WHOLE = re.compile(rf"({_KIND})[-_]([0-9a-z]{{26}})", re.IGNORECASE)
SHOWN = 8  # candidates
LOOKED_AT = 200  # of the newest, for one that is like it


async def execution_named(text: str, backend: Backend) -> str:
    """The id of the execution that is meant. A whole id is taken as it is, without asking.

    Raises TargetError (none, or several) and BackendError.
    """
    wanted = text.strip()
    if whole := WHOLE.fullmatch(wanted):
        return f"{whole[1]}-{whole[2]}".lower()
    if wanted == LAST or wanted.startswith(f"{LAST}:"):
        return await _last(wanted.partition(":")[2], backend)
    prefix = re.sub(rf"^({_KIND})_", r"\1-", wanted)
    try:
        found, more = await newest(backend, Wanted(id_prefix=prefix), SHOWN) if prefix else ([], False)
    except NoListError:
        return prefix  # perhaps it is a whole id of another form
    if any(past.execution == prefix for past in found):
        return prefix
    if len(found) > 1:
        raise _several(wanted, found, more)
    if not found:
        raise await _none(wanted, backend)
    return found[0].execution


async def find_execution(text: str, backend: Backend) -> tuple[TargetKind, Execution]:
    """The execution that is meant, as it stands. Raises TargetError and BackendError."""
    execution = await execution_named(text, backend)
    for kind in KINDS_BY_PREFIX.get(execution.partition("-")[0], KINDS):
        try:
            return kind, await backend.execution(kind, execution)
        except NotFoundError:
            continue
    raise await _none(text.strip(), backend)


async def _last(name: str, backend: Backend) -> str:
    found, _ = await newest(backend, Wanted(target=name, top_only=not name), 1)
    if found:
        return found[0].execution
    if not name:
        raise TargetError("nothing has run yet", code="E0605", hint="run something: stigmer run")
    ran, _ = await newest(backend, Wanted(), LOOKED_AT)
    raise TargetError(
        f'no agent or workflow called "{name}" has run',
        code="E0605",
        hint=did_you_mean(name, (past.target for past in ran))
        or f"see: {backend.address.command('executions list')}",
    )


def _several(wanted: str, found: Sequence[PastExecution], more: bool) -> TargetError:
    count = f"more than {len(found)}" if more else str(len(found))
    return TargetError(
        f'{count} executions have an id that begins with "{wanted}"',
        code="E0614",
        hint="write more of it",
        details=(*map(_line, found), *(["  …"] if more else [])),
    )


async def _none(wanted: str, backend: Backend) -> TargetError:
    """With those that are most like it."""
    try:
        ran, _ = await newest(backend, Wanted(), LOOKED_AT)
    except NoListError as error:
        return TargetError(f"no execution with the id {wanted}", code="E0605", hint=error.hint)
    except BackendError:
        ran = []
    by_id = {past.execution: past for past in ran}
    if any(wanted in (past.target, past.target.casefold()) for past in ran):
        hint, near = f"the newest of {wanted} is: {LAST}:{wanted}", []
    else:
        near = difflib.get_close_matches(wanted.lower(), by_id, n=3, cutoff=0.8)
        hint = f"see: {backend.address.command('executions list')}"
    return TargetError(
        f"no execution with the id {wanted}",
        code="E0605",
        hint=hint,
        details=("Like it:", *(_line(by_id[each]) for each in near)) if near else (),
    )


def _line(past: PastExecution) -> str:
    return f"  {past.execution}  {past.target} [{past.phase.value}]"
