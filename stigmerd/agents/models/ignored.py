"""Settings that a model would not hear: those that its provider does not have."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic_ai.models import Model

from stigmerd.agents.models.settings import THEIRS
from stigmerd.store.json import Json

OURS = {theirs: ours for ours, theirs in THEIRS.items()}
ASSUMED = {"cache"}  # what nobody has to ask for


def ignored(model: Model, settings: Mapping[str, Json]) -> list[str]:
    """By the names that our users know."""
    if model.system == "function":  # a script has no use for any
        return []
    unheard = set(model._unsupported_settings()) & settings.keys()
    if settings.get("thinking") and not model.profile.get("supports_thinking"):
        unheard.add("thinking")
    return sorted(OURS.get(name, name) for name in unheard - ASSUMED)
