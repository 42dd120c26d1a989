"""Which of the declared agents and workflows would a request run?"""

from __future__ import annotations

from runcmd.request import RunRequest
from runcmd.resolve import Candidate, as_id, resolve
from runcmd.resource import key
from runcmd.synthesis.manifest import Manifest


def declared_key(
    request: RunRequest, manifest: Manifest, latest: str, *, instance: bool = False
) -> str | None:
    """Its key; None: the code does not say.

    Args:
        latest: what ran before, which somebody may have chosen.
        instance: it ran by an instance, which has a name that the code does not know.
    """
    candidates = candidates_of(manifest)
    wanted = request.selector if request.selector is not None else request.default
    if wanted is not None and as_id(wanted) is None and not instance:
        found = resolve(wanted, candidates)
        return key(found.kind, found.slug) if found else None
    if wanted is None and len(candidates) == 1:
        return key(candidates[0].kind, candidates[0].slug)
    return latest if is_declared(latest, manifest) else None


def candidates_of(manifest: Manifest) -> list[Candidate]:
    """All that it declares; no backend has said what their ids are."""
    return [Candidate(kind=each.kind, name=each.name, slug=each.slug, id="") for each in manifest.resources]


def is_declared(target: str | None, manifest: Manifest) -> bool:
    """An agent or a workflow by its key."""
    return any(each.key == target for each in manifest.resources)
