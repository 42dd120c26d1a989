"""Writes docs/schemas/events.schema.json: `python -m tests.devloop.render.write_schema`."""

from __future__ import annotations

import json

from devloop.render.schema import event_schema
from tests.support.paths import ROOT

FILE = ROOT / "docs" / "schemas" / "events.schema.json"


def text() -> str:
    return json.dumps(event_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), "utf-8")
