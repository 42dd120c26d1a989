"""Writes the pages that are generated: `python -m tests.docs.write_pages`."""

from __future__ import annotations

from tests.docs import tested_options
from tests.docs.generated import generated

if __name__ == "__main__":
    for file, text in generated().items():
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, "utf-8")
    tested_options.PAGE.write_text(tested_options.page(), "utf-8")
