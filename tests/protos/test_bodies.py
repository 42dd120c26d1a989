"""What a server answered as an error becomes a sentence."""

from __future__ import annotations

import json

import pytest

from stigmer_api.bodies import MOST_CHARACTERS, in_short

NGINX = (
    "<!DOCTYPE html>\r\n<html>\r\n"
    "<head><title>502 Bad Gateway</title><style>p {color: red}</style></head>\r\n"
    "<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx/1.18.0</center>\r\n</body>\r\n"
    "</html>\r\n"
)
GOOGLE = {"error": {"code": 429, "message": "Quota exceeded for model", "status": "RESOURCE_EXHAUSTED"}}
PADDING = {"request_id": "x" * 100}


@pytest.mark.parametrize(
    ("body", "short"),
    [
        (NGINX, "502 Bad Gateway: nginx/1.18.0"),
        (NGINX[:90], "502 Bad Gateway"),
        ("<h1>Server Error (500)</h1>\n<p>Ask &amp; wait.</p>", "Server Error (500) Ask & wait."),
        ("<html><p>Bad Gateway</p><p", "Bad Gateway"),
        ("<html><script>alert(1)</script></html>", "(an empty page)"),
        (
            '<?xml version="1.0"?><Error><Code>AccessDenied</Code> <Message>Not yours</Message></Error>',
            "AccessDenied Not yours",
        ),
        (json.dumps(GOOGLE | PADDING), "Quota exceeded for model (429, RESOURCE_EXHAUSTED)"),
        (json.dumps(GOOGLE | PADDING)[:90], "Quota exceeded for model"),
        (str(GOOGLE | PADDING)[:-2], "Quota exceeded for model"),
        (
            json.dumps({"error": "invalid_grant", "error_description": "Token expired"} | PADDING),
            "Token expired (invalid_grant)",
        ),
        (
            json.dumps(
                {
                    "type": "https://example.org/credit",
                    "title": "Out of credit",
                    "status": 403,
                    "detail": "It has 30 left",
                }
                | PADDING
            ),
            "Out of credit: It has 30 left (403)",
        ),
        (
            json.dumps(
                {"detail": [{"loc": ["body", "name"], "msg": "field required", "type": "missing"}]} | PADDING
            ),
            "field required (body.name)",
        ),
        (json.dumps({"errors": [{"message": "one"}, {"message": "two"}]} | PADDING), "one; two"),
        (json.dumps([{"message": "one", "more": "x" * 100}]), "one"),
    ],
)
def test_a_body_in_short(body: str, short: str) -> None:
    assert in_short(body) == short
    assert in_short(f"HTTP 502 from GET http://shop/prices: {body}") == (
        f"HTTP 502 from GET http://shop/prices: {short}"
    )


@pytest.mark.parametrize(
    "text",
    [
        "no answer in 3 s",
        'object ({"a": 1}) cannot be divided',
        "a < b and b > c, in a {set} of things",
        'the set {1, 2} is not JSON, whatever follows it, and however much text that may be: "x", and more',
    ],
)
def test_a_text_without_a_body_stays(text: str) -> None:
    assert in_short(text) == text


def test_what_is_long_is_cut_and_what_follows_it_stays() -> None:
    long = in_short(json.dumps({"numbers": list(range(10_000))}))
    assert len(long) == MOST_CHARACTERS
    assert long.endswith("…")
    assert in_short(f"{NGINX.strip()} (after 3 attempts)") == (
        "502 Bad Gateway: nginx/1.18.0 (after 3 attempts)"
    )


@pytest.mark.parametrize("deep", ["[" * 100_000, '{"error":' * 100_000, "<html>" + "<b>" * 10_000])
def test_what_is_nested_deeply_is_no_trouble(deep: str) -> None:
    in_short(deep)
