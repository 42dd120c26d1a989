"""How wide a text is on a terminal, and how it fits into a narrow one."""

from __future__ import annotations

import pytest

from devloop.terminal.cells import cells, cut, flowing, squeezed


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("abc", 3),
        ("✓ é ›", 5),
        ("海は", 4),
        ("e\u0301", 1),
        ("👩\u200d👩\u200d👧", 2),
        ("⚙\ufe0f", 2),
        ("🇩🇪", 2),
        ("🤖", 2),
    ],
)
def test_columns_of_a_text(text: str, columns: int) -> None:
    assert cells(text) == columns


def test_parts_stay_whole_on_as_few_lines_as_possible() -> None:
    parts = ["watching 3 files", "r rerun", "海 sea", "q quit"]
    assert list(flowing(parts, " · ", None)) == ["watching 3 files · r rerun · 海 sea · q quit"]
    assert list(flowing(parts, " · ", 26)) == ["watching 3 files · r rerun", "  海 sea · q quit"]
    assert list(flowing(parts, " · ", 25)) == ["watching 3 files", "  r rerun · 海 sea", "  q quit"]
    assert list(flowing(["much too long for it"], " · ", 5)) == ["much too long for it"]


@pytest.mark.parametrize("columns", range(4, 30))
def test_what_is_cut_fits(columns: int) -> None:
    for text in ("an-agent-of-its-own", "海の詩を書く人", "ab海cd海ef海gh"):
        assert cells(cut(text, columns)) <= columns
        assert cells(squeezed(text, columns)) <= columns


def test_a_name_keeps_its_end() -> None:
    assert squeezed("an-agent-with-a-long-name-1", 13) == "an-age…name-1"
    assert squeezed("short", 13) == "short"
