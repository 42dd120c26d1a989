"""What the text of a failure tells."""

from __future__ import annotations

import pytest

from runcmd.reasons import LONGEST_LINE, reason

RAISED = (
    "task yell failed: the activity shout raised ValueError: cannot shout: "
    "Traceback (most recent call last):\n"
    '  File "/home/ada/demo/main.py", line 9, in shout\n'
    "    raise ValueError('cannot shout')\n"
    "ValueError: cannot shout\n"
)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("the model says no", "the model says no"),
        ("task stop failed: out of coffee: out of coffee", "task stop failed: out of coffee"),
        ("task r failed: BelowTarget: 12 short", "task r failed: BelowTarget: 12 short"),
        (
            "task child failed: workflow asking failed (wex-01m8): task ask failed: "
            "agent grump failed (aex-01m9): the model says no",
            "task child › ask failed: agent grump failed: the model says no",
        ),
        (
            "task a failed: agent grump was cancelled (aex-01)",
            "task a failed: agent grump was cancelled (aex-01)",
        ),
        (f"{RAISED} [E0706]", "task yell failed: ValueError: cannot shout (main.py:9)"),
        ("the model says no [E0701]", "the model says no"),
        (RAISED, "task yell failed: ValueError: cannot shout (main.py:9)"),
        (
            "task page failed: HTTP 502 from GET http://shop/: <html><title>502 Bad Gateway</title></html>",
            "task page failed: HTTP 502 from GET http://shop/: 502 Bad Gateway",
        ),
    ],
)
def test_a_reason_on_one_line(text: str, line: str) -> None:
    assert reason(text).one_line == line


def test_a_traceback_says_its_message_once() -> None:
    raised = reason(RAISED)
    assert raised.full == (
        "task yell failed: ValueError: cannot shout\n"
        '  File "/home/ada/demo/main.py", line 9, in shout\n'
        "    raise ValueError('cannot shout')"
    )
    assert raised.facts == {
        "task": "yell",
        "type": "ValueError",
        "file": "/home/ada/demo/main.py",
        "line": "9",
    }


def test_a_message_of_many_lines_is_one_line_at_the_end() -> None:
    many = reason(f"task a failed: {'word ' * 200}\nmore")
    assert many.one_line.startswith("task a failed: word word")
    assert many.one_line.endswith("…")
    assert len(many.one_line) <= LONGEST_LINE + len("task a failed: ")
