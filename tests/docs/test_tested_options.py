"""Every option is typed by a test, and the page names it."""

from __future__ import annotations

import pytest

from tests.docs.tested_options import Option, driven_by, options, shown

ALL = list(options())


def test_the_page_has_each_option_once_and_no_other() -> None:
    assert len(ALL) > 60
    assert list(shown()) == [(each.command, each.shown) for each in ALL], (
        "run: python -m tests.docs.write_pages"
    )


@pytest.mark.parametrize("option", ALL, ids=lambda each: f"{each.command} {each.shown}")
def test_a_test_types_it(option: Option) -> None:
    tests = driven_by(option)
    assert tests, f"no test types {option.shown} of {option.command}"
    assert shown().get((option.command, option.shown)) in tests, "run: python -m tests.docs.write_pages"
