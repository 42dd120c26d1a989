"""What a docstring says of each parameter, in the three styles that people write."""

from __future__ import annotations

import pytest

from stigmer.schemas.docstrings import described

GOOGLE = """The forecast for a city.

    For some days, from today on.

    Args:
        city (str): its name:
            in English
        days: how many
        *rest: others

    Returns:
        A line for each day.

    Raises:
        ValueError: if not.
    """

NUMPY = """
    The forecast for a city.

    For some days, from today on.

    Parameters
    ----------
    city : str
        its name:
        in English
    days, hours : int, optional
        how many

    Returns
    -------
    list
        A line for each day.
    """

SPHINX = """The forecast for a city.

    For some days, from today on.

    :param str city: its name:
        in English
    :param days: how many
    :type days: int
    :returns: a line for each day
    """

TEXT = "The forecast for a city.\n\nFor some days, from today on."


@pytest.mark.parametrize("docstring", [GOOGLE, NUMPY, SPHINX])
def test_each_style_is_understood(docstring: str) -> None:
    text, found = described(docstring)
    assert text == TEXT
    assert found["city"] == "its name: in English"
    assert found["days"] == "how many"
    assert "ValueError" not in found


def test_several_names_share_a_description() -> None:
    assert described(NUMPY)[1]["hours"] == "how many"


@pytest.mark.parametrize(
    ("docstring", "text"),
    [
        (None, ""),
        ("", ""),
        ("One line.", "One line."),
        (
            "Note: this is text.\n\n    And more:\n      indented",
            "Note: this is text.\n\nAnd more:\n  indented",
        ),
        ("Args", "Args"),
    ],
)
def test_what_is_no_section_is_text(docstring: str | None, text: str) -> None:
    assert described(docstring) == (text, {})
