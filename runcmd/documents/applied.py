"""What files with manifests have declared, as the backend has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from runcmd.frozen import Frozen
from runcmd.resolve import Candidate


class AppliedDocuments(Frozen):
    """What files have declared, as the backend has it."""

    instances: Mapping[str, Candidate]  # also sessions, by their slugs
    runnable: tuple[Candidate, ...]  # what a run would take: what nothing else of them builds upon

    def names(self, candidates: Sequence[Candidate]) -> list[str]:
        """What each of them is called on a command line."""
        own = {(each.instance, each.session): slug for slug, each in self.instances.items()}
        return [own.get((each.instance, each.session), each.slug) for each in candidates]


NO_DOCUMENTS: Final = AppliedDocuments(instances={}, runnable=())
