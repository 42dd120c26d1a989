"""Several targets of one request: which are they?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from runcmd.events import TargetKind
from runcmd.frozen import Frozen
from runcmd.request import RunRequest
from runcmd.resolve import Candidate, resolve
from runcmd.resource import key


def several(request: RunRequest) -> bool:
    """It asks for more than one target, or may do so."""
    return request.every or bool(request.others)


class TargetRequest(Frozen):
    """One of several targets."""

    selector: str  # which one it is, whatever else is declared
    name: str  # as people call it; no other of them is called so
    request: RunRequest


def requests_of(request: RunRequest, declared: Sequence[Candidate]) -> list[TargetRequest]:
    """One for each target; `declared` is what the project has. What is named twice runs once."""
    if request.every:
        selectors = [key(each.kind, each.slug) for each in declared]
    else:
        selectors = _distinct([request.selector or "", *request.others], declared)
    names = [_shown(each, declared) for each in selectors]
    agents = {each for each in selectors if _kind(each, declared) is TargetKind.AGENT}
    no_input = agents if len(agents) < len(selectors) else set()  # beside workflows: it is for those
    return [
        TargetRequest(
            selector=selector,
            name=name if names.count(name) == 1 else selector,
            request=replace(
                request,
                selector=selector,
                others=(),
                every=False,
                input=None if selector in no_input else request.input,
            ),
        )
        for selector, name in zip(selectors, names, strict=True)
    ]


def _distinct(selectors: Sequence[str], declared: Sequence[Candidate]) -> list[str]:
    chosen: dict[str, str] = {}
    for each in selectors:
        found = resolve(each, declared)
        chosen.setdefault(key(found.kind, found.slug) if found else each, each)
    return list(chosen.values())


def _kind(selector: str, declared: Sequence[Candidate]) -> TargetKind | None:
    found = resolve(selector, declared)
    return found.kind if found else None


def _shown(selector: str, declared: Sequence[Candidate]) -> str:
    """As people call it."""
    found = resolve(selector, declared)
    return found.slug if found else selector
