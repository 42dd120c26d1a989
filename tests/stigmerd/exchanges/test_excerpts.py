"""What is shown of a text: its beginning, without secrets and without what looks like a key."""

from __future__ import annotations

import json

import pytest

from stigmer_api.masking import masker_of
from stigmerd.exchanges.excerpt import MOST_BYTES, Excerpts
from stigmerd.exchanges.redaction import redacted, redacted_header, redacted_url

KEY = "q7Rw2mXz9LpT4vBn"
NESTED = json.dumps({"arguments": json.dumps({"password": KEY, "user": "me"})})


@pytest.mark.parametrize(
    "text",
    [
        f'{{"access_token": "{KEY}", "expires_in": 3600}}',
        f'{{"Api_Key":"{KEY}"}}',
        f'{{"aws_secret_access_key" : "{KEY}',  # cut
        f'{{"password": "a \\" quote {KEY}"}}',
        f'{{"token": "{KEY}"}}',
        NESTED,
        f"grant_type=x&client_secret={KEY}&scope=all",
        f"curl -H 'Authorization: Bearer {KEY}' x",
        f"the key sk-{KEY} is old",
        f"a token eyJhbGciOi.eyJzdWIiOi.{KEY}",
    ],
)
def test_what_looks_like_a_key_is_hidden(text: str) -> None:
    shown = redacted(text)
    assert KEY not in shown
    assert "***" in shown


@pytest.mark.parametrize(
    "text",
    [
        '{"api_key": {"type": "string"}, "token": "Hel", "max_tokens": 100}',
        "the bearer of this letter has basic understanding",
        "key=value&code=7&sort=token",
        '{"prompt_tokens": 11, "secret": "of his success"}',
        "eyJ and sk- are only beginnings",
    ],
)
def test_what_only_speaks_of_keys_stays(text: str) -> None:
    assert redacted(text) == text


def test_what_is_around_a_hidden_key_stays() -> None:
    assert redacted(NESTED) == NESTED.replace(KEY, "***")
    assert json.loads(redacted(f'{{"password": "a \\" {KEY}", "b": 1}}')) == {"password": "***", "b": 1}


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("Authorization", f"Bearer {KEY}", "Bearer ***"),
        ("authorization", KEY, "***"),
        ("x-api-key", KEY, "***"),
        ("Set-Cookie", f"session={KEY}", "***"),
        ("x-ratelimit-remaining-tokens", "12000", "12000"),
        ("content-type", "application/json", "application/json"),
    ],
)
def test_headers_that_hold_keys(name: str, value: str, shown: str) -> None:
    assert redacted_header(name, value) == shown


def test_an_address_has_no_user_and_no_key() -> None:
    address = redacted_url(f"https://me:{KEY}@host:8/v1?key={KEY}&n=1&X-Amz-Signature={KEY}")
    assert address == "https://host:8/v1?key=***&n=1&X-Amz-Signature=***"


def test_a_long_text_is_cut_and_says_how_much_is_left_out() -> None:
    excerpts = Excerpts([])
    assert excerpts.of_text("short") == {"text": "short", "bytes": 5, "left_out": 0}
    found = excerpts.of_bytes(b"x" * (MOST_BYTES + 10), 1 << 20)
    assert (len(found["text"]), found["bytes"]) == (MOST_BYTES, 1 << 20)
    assert found["left_out"] == (1 << 20) - MOST_BYTES
    wide = excerpts.of_text("ä" * (MOST_BYTES + 1))
    assert wide == {"text": "ä" * MOST_BYTES, "bytes": 2 * MOST_BYTES + 2, "left_out": 2}


def test_a_secret_at_the_cut_does_not_show_its_half() -> None:
    secret = "correct-horse-battery"
    excerpts = Excerpts([masker_of([secret])])
    body = (b"x" * (MOST_BYTES - 8) + secret.encode() + b"y" * 100).ljust(2 * MOST_BYTES)
    found = excerpts.of_bytes(body, len(body))
    assert "correct" not in found["text"]
    assert found["text"].startswith("xxx")
    whole = f"{secret} and {secret}"
    assert excerpts.of_text(whole)["text"] == "*** and ***"


def test_bytes_that_are_no_text_are_only_counted() -> None:
    assert Excerpts([]).of_bytes(b"\x89PNG\0\1", 6) == {"text": "", "bytes": 6, "left_out": 6}
    half = "ä".encode() * (MOST_BYTES // 2)
    assert Excerpts([]).of_bytes(b"a" + half, len(half) + 1)["text"] == "a" + "ä" * (MOST_BYTES // 2 - 1)
