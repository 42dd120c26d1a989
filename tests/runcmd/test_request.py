"""`-e KEY=VALUE` in all its forms."""

from __future__ import annotations

import pytest

from runcmd.errors import UsageError
from runcmd.request import RuntimeVariable, parse_env


@pytest.mark.parametrize(
    ("text", "name", "value", "secret"),
    [
        ("K=v", "K", "v", False),
        (" K =v ", "K", "v ", False),
        ("K=a=b", "K", "a=b", False),
        ("secret:K=v", "K", "v", True),
        ("HOST", "HOST", "from outside", False),
        ("secret:HOST", "HOST", "from outside", True),
    ],
)
def test_forms(text: str, name: str, value: str, secret: bool) -> None:
    assert parse_env(text, {"HOST": "from outside"}) == RuntimeVariable(name=name, value=value, secret=secret)


@pytest.mark.parametrize("text", ["INVALID", "=v", "", "secret:=v", "secret:NOPE"])
def test_what_is_neither_given_nor_inherited(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_env(text, {})
    assert caught.value.message.startswith("Invalid runtime environment format: ")
    assert caught.value.message.endswith("(expected key=value)")


def test_the_text_of_the_error() -> None:
    with pytest.raises(UsageError) as caught:
        parse_env("INVALID", {})
    assert caught.value.message == "Invalid runtime environment format: INVALID (expected key=value)"


def test_an_empty_value_is_refused_here_and_not_after_the_deployment() -> None:
    with pytest.raises(UsageError, match="K has no value"):
        parse_env("K=", {})
    with pytest.raises(UsageError, match="K has no value"):
        parse_env("K", {"K": ""})


def test_a_secret_is_not_shown() -> None:
    assert "hunter2" not in repr(parse_env("secret:K=hunter2", {}))
    with pytest.raises(UsageError) as caught:
        parse_env("secret:=hunter2", {})
    assert "hunter2" not in caught.value.message
