"""Which resource did they mean? By its id, the beginning of that, `kind:slug`, slug or display name."""

from __future__ import annotations

import re
import shlex
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from typing import Any

from runcmd.backend.calls import Backend
from runcmd.backend.refusals import NotFoundError, RefusedError, UnsupportedError
from runcmd.deployed.ask import by_slug, get, stored
from runcmd.deployed.kinds import KINDS, StoredKind
from runcmd.errors import TargetError
from runcmd.frozen import Frozen
from runcmd.resolve import as_slugs, did_you_mean

SHOWN = 8
_PREFIXES = {kind.prefix: kind for kind in KINDS} | {"wf": KINDS[0]}
_ID = re.compile(rf"({'|'.join(_PREFIXES)})[-_]([0-9A-Za-z]{{1,26}})")
WHOLE = 26  # characters after the prefix


class FoundResource(Frozen):
    """A resource as the backend has it."""

    kind: StoredKind
    message: Any

    @property
    def id(self) -> str:
        return str(self.message.metadata.id)

    @property
    def name(self) -> str:
        return str(self.message.metadata.name)

    @property
    def line(self) -> str:
        """`agent reviewer (agt-…)`"""
        return f"{self.kind.label} {self.name} ({self.id})"


async def resource_named(
    text: str, backend: Backend, org: str, kinds: Sequence[StoredKind] = KINDS, *, alone: bool = False
) -> FoundResource:
    """Raises TargetError and BackendError.

    Args:
        alone: there may be no other one of that name.
    """
    found: dict[str, FoundResource] = {}
    async for each in _look_up(text.strip(), backend, org, kinds):
        found.setdefault(each.id, each)
        if not alone:
            return each
    if len(found) > 1:
        raise TargetError(
            f'{len(found)} resources are called "{text}"',
            code="E0650",
            hint=f"say which: by its ID, or as {next(iter(found.values())).kind.word}:{text}",
            details=[f"  {each.line}" for each in found.values()],
        )
    if not found:
        raise await _not_found(text, backend, org, kinds)
    return next(iter(found.values()))


async def _look_up(
    text: str, backend: Backend, org: str, kinds: Sequence[StoredKind]
) -> AsyncIterator[FoundResource]:
    if (wanted := _ID.fullmatch(text)) and _PREFIXES[wanted[1]] in kinds:
        kind = _PREFIXES[wanted[1]]
        start = f"{kind.prefix}-{wanted[2].lower()}"
        for resource_id in await _ids(start, backend, kind):
            with suppress(NotFoundError):
                yield FoundResource(kind=kind, message=await get(backend, kind, resource_id))
    word, colon, slug = text.partition(":")
    exact = [kind for kind in kinds if colon and kind.word == word]
    ways = [(kind, each) for kind in exact for each in as_slugs(slug)]
    ways += [(kind, each) for kind in kinds for each in as_slugs(text) if kind.by_name and not exact]
    for kind, each in ways:
        # Some servers refuse what no slug can be.
        with suppress(NotFoundError, RefusedError, UnsupportedError):
            yield FoundResource(kind=kind, message=await by_slug(backend, kind, each, org))


async def whole_id(text: str, backend: Backend) -> str:
    """The one id that begins like this; the text itself if it looks like no id, or none begins so.

    Raises TargetError (there are several) and BackendError.
    """
    wanted = _ID.fullmatch(text)
    if wanted is None or len(wanted[2]) == WHOLE:
        return text
    kind = _PREFIXES[wanted[1]]
    found = await _ids(f"{kind.prefix}-{wanted[2].lower()}", backend, kind)
    return found[0] if found else text


async def _ids(start: str, backend: Backend, kind: StoredKind) -> list[str]:
    """Those that begin like this; a whole one is not looked for. Raises TargetError: too many to choose."""
    if len(start) == len(kind.prefix) + 1 + WHOLE:
        return [start]
    try:
        found = [each async for each in stored(backend, [kind]) if each.id.startswith(start)]
    except UnsupportedError:
        return []
    if len(found) > 1:
        raise TargetError(
            f'{len(found)} have an id that begins with "{start}"',
            code="E0650",
            hint="write more of it",
            details=[f"  {each.id}  {each.name}" for each in found[:SHOWN]],
        )
    return [each.id for each in found]


async def _not_found(text: str, backend: Backend, org: str, kinds: Sequence[StoredKind]) -> TargetError:
    try:
        found = [each async for each in stored(backend, kinds)]
    except UnsupportedError:
        found = []
    own = [each.slug for each in found if org in ("", each.org)]
    named = [each.org for each in found if org and each.org != org and each.slug in as_slugs(text)]
    elsewhere = " or ".join(f"--org {shlex.quote(each)}" for each in dict.fromkeys(named) if each)
    what = kinds[0].label if len(kinds) == 1 else "resource"
    where = f' in the organization "{org}"' if org else ""
    return TargetError(
        f'no {what} called "{text}"{where}',
        code="E0651",
        hint=f"one of another organization has this name: {elsewhere}"
        if elsewhere
        else did_you_mean(text, own) or f"see: {backend.address.command('list')}",
    )
