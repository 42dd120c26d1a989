"""Settings that an agent declares for its model, as pydantic-ai calls them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from stigmer_api.model_settings import NAMES, mistake_in
from stigmerd.agents.problems import AgentProblem
from stigmerd.store.json import Json

SETTINGS: Final = "settings"  # key of an agent's options
THEIRS: Final = {"stop": "stop_sequences"}


class BadSetting(AgentProblem):
    """An option that is no setting, or has a value that it cannot have."""

    code = "E1242"


def settings_of(options: Mapping[str, Json], whose: str) -> dict[str, Json]:
    """Raises BadSetting."""
    said = options.get(SETTINGS) or {}
    if not isinstance(said, dict):
        raise BadSetting(f"{whose}: the option settings must be settings by their names, not {said!r:.60}")
    for name, value in said.items():
        try:
            mistake = mistake_in(name, value)
        except KeyError:
            import difflib

            near = difflib.get_close_matches(name, NAMES, n=1)
            guess = f' (did you mean "{near[0]}"?)' if near else f": there are {', '.join(NAMES)}"
            raise BadSetting(f'{whose}: models have no setting "{name}"{guess}') from None
        if mistake:
            raise BadSetting(f"{whose}: the setting {name} {mistake}, not {value!r:.60}")
    return {THEIRS.get(str(name), str(name)): value for name, value in said.items()}
