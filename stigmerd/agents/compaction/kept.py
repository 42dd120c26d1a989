"""What is saved of a summary, so that it is made once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from stigmerd.agents.compaction.facts import COMPACTED, LEFT, SUMMARY
from stigmerd.agents.compaction.model import CompactingModel
from stigmerd.store.json import Json


def to_keep(model: object, lengths: Sequence[int]) -> dict[str, Json]:
    """What is saved with the conversation; nothing if no summary ends between two turns.

    `lengths`: how many messages each earlier turn of the session has.
    """
    if not isinstance(model, CompactingModel) or not model.cut:
        return {}
    ends = list(accumulate(lengths))
    if model.cut not in ends:
        return {}
    return {COMPACTED: {SUMMARY: model.summary, LEFT: len(lengths) - ends.index(model.cut) - 1}}
