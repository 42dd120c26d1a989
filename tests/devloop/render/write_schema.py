"""Writes the schemas of `-o json` in docs/schemas: `python -m tests.devloop.render.write_schema`."""

from __future__ import annotations

import json
from pathlib import Path

from devloop.render.schema import event_schema, execution_schema
from tests.support.paths import ROOT

SCHEMAS = ROOT / "docs" / "schemas"
FILES = {
    SCHEMAS / "events.schema.json": event_schema,
    SCHEMAS / "execution.schema.json": execution_schema,
}


def texts() -> dict[Path, str]:
    """File → what it must hold."""
    return {file: json.dumps(make(), indent=2, ensure_ascii=False) + "\n" for file, make in FILES.items()}


if __name__ == "__main__":
    for file, text in texts().items():
        file.write_text(text, "utf-8")
