"""What was chosen last, in each project."""

from __future__ import annotations

import json
import tempfile
from contextlib import suppress
from pathlib import Path

from stigmer_api.config_file import stigmer_home

REMEMBERED_PROJECTS = 200


class Memory:
    """Remembers the last choice of each project."""

    def __init__(self, project: Path) -> None:
        self._file = stigmer_home() / "choices.json"
        self._project = str(project)

    def last(self) -> str | None:
        return self._read().get(self._project)

    def remember(self, key: str) -> None:
        choices = self._read()
        choices.pop(self._project, None)
        choices[self._project] = key
        newest = dict(list(choices.items())[-REMEMBERED_PROJECTS:])
        # A convenience: a home that cannot be written to must not stop a run.
        with suppress(OSError):
            self._write(json.dumps(newest, indent=1))

    def _read(self) -> dict[str, str]:
        try:
            choices = json.loads(self._file.read_text("utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        return choices if isinstance(choices, dict) else {}

    def _write(self, text: str) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=self._file.parent, encoding="utf-8", delete=False) as file:
            file.write(text)
        Path(file.name).replace(self._file)
