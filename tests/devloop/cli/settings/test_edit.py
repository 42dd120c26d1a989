"""A value changes; everything else in the file stays as it was typed."""

from __future__ import annotations

import pytest

from devloop.cli.settings.edit import CannotEditError, with_value, without

PATH = ("backend", "local", "llm", "model")
FILE = """\
# of Anne
backend:
    type: local   # or cloud

    local:
        llm:
            model: 'a'   # the best
            # why not
        # keep them
        keep: {days: 3, executions: 10}
trust:
- /a
- /b  # ours

# the end
"""


def test_a_value_is_replaced_where_it_stands() -> None:
    assert with_value(FILE, PATH, "b: c") == FILE.replace("'a'", "'b: c'")
    assert with_value(FILE, ("backend", "local", "keep", "days"), 4) == FILE.replace("3", "4")


def test_a_key_is_added_to_its_block() -> None:
    added = with_value(FILE, ("backend", "local", "llm", "provider"), "openai")
    assert added == FILE.replace("# the best\n", "# the best\n            provider: openai\n")
    assert with_value(FILE, ("notify",), True) == FILE.replace("# ours\n", "# ours\nnotify: true\n")
    flow = with_value(FILE, ("backend", "local", "keep", "x"), "y")
    assert flow == FILE.replace("{days", "{x: y, days")


def test_a_list_is_replaced_as_a_whole() -> None:
    changed = with_value(FILE, ("trust",), ["/c", "~/d"])
    assert changed == FILE.replace("- /a\n- /b  # ours", "- /c\n- ~/d  # ours")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "backend:\n  local:\n    llm:\n      model: m\n"),
        ("# nothing yet", "# nothing yet\nbackend:\n  local:\n    llm:\n      model: m\n"),
        ("backend:\n", "backend:\n  local:\n    llm:\n      model: m\n"),
        ("backend:  # mine\n", "backend:  # mine\n  local:\n    llm:\n      model: m\n"),
        ("backend: null\n", "backend:\n  local:\n    llm:\n      model: m\n"),
        ("backend: {}\n", "backend: {local: {llm: {model: m}}}\n"),
        ("notify: true", "notify: true\nbackend:\n  local:\n    llm:\n      model: m\n"),
        ("backend: {local: {llm: {model: x}}}", "backend: {local: {llm: {model: m}}}"),
        ("backend:\n local:\n  llm:\n   model:\n", "backend:\n local:\n  llm:\n   model: m\n"),
        ("backend:\n local:\n  llm:\n   model: |\n    x\n", "backend:\n local:\n  llm:\n   model: m\n"),
    ],
)
def test_whatever_is_there(text: str, expected: str) -> None:
    assert with_value(text, PATH, "m") == expected


@pytest.mark.parametrize(
    ("path", "gone"),
    [
        (PATH, "        llm:\n            model: 'a'   # the best\n"),
        (("backend", "local", "keep", "days"), "days: 3, "),
        (("backend", "local", "keep", "executions"), ", executions: 10"),
        (("backend", "local", "keep"), "        keep: {days: 3, executions: 10}\n"),
        (("backend", "type"), "    type: local   # or cloud\n"),
        (("trust",), "trust:\n- /a\n- /b  # ours\n"),
    ],
)
def test_a_value_is_removed_with_the_blocks_that_are_empty_then(path: tuple[str, ...], gone: str) -> None:
    assert gone in FILE
    assert without(FILE, path) == FILE.replace(gone, "")


def test_the_last_value_leaves_nothing() -> None:
    assert without("backend:\n  type: local\n", ("backend", "type")) == ""


@pytest.mark.parametrize(
    "text",
    [
        "a: &m x\nbackend: {local: {llm: {model: *m}}}\n",  # another value would change
        "backend: &b {local: {llm: {model: x}}}\nother: *b\n",
        "- a list\n",
        "backend: text\n",
    ],
)
def test_what_would_change_something_else_is_refused(text: str) -> None:
    with pytest.raises(CannotEditError):
        with_value(text, PATH, "m")
