"""In which spellings may a secret value come back: escaped, encoded, line by line."""

from __future__ import annotations

import json
import re
from binascii import b2a_base64
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote, quote_plus

SHORTEST: Final = 4  # a shorter value is part of too many innocent words
SHORTEST_LINE: Final = 8  # of a secret of several lines; the same for what is inside of other base64
FEWEST_LETTERS: Final = 3  # different ones in a line: `--------` is no secret
LONG: Final = 8192  # characters; the spellings of a longer secret would be megabytes
MOST_CODE_POINTS: Final = 256
BASE64_LINES: Final = (64, 76)
PLAIN: Final = re.compile(r"[A-Za-z0-9_.-]*")  # nobody escapes these
BOUNDARY: Final = re.compile(r"-----(?:BEGIN|END) [A-Z0-9 ]+-----")


def spellings(secret: str) -> set[str]:
    """Of one secret; empty if it is too short to be told from a word."""
    if len(secret.strip()) < SHORTEST:
        return set()
    spelled = _spelled if len(secret) <= LONG else _spelled_briefly
    found = {form for value in {secret, secret.strip()} for form in spelled(value)}
    # In an environment a key often has `\\n` for its line ends; whoever uses it makes lines of that.
    unescaped = secret.replace("\\r\\n", "\n").replace("\\n", "\n")
    if "\n" in unescaped or "\r" in unescaped:
        lines = unescaped.splitlines()
        for whole in ("\n".join(lines), "\r\n".join(lines)):
            found.update(spelled(whole))
        for line in filter(_may_be_secret, map(str.strip, lines)):
            found.update(spelled(line))
    return {form for form in found if len(form) >= SHORTEST}


def _may_be_secret(line: str) -> bool:
    return len(line) >= SHORTEST_LINE and len(set(line)) >= FEWEST_LETTERS and not BOUNDARY.fullmatch(line)


def _spelled_briefly(value: str) -> Iterator[str]:
    yield value
    if not PLAIN.fullmatch(value):
        yield json.dumps(value)[1:-1]
        yield json.dumps(value, ensure_ascii=False)[1:-1]


def _spelled(value: str) -> Iterator[str]:
    raw = value.encode("utf-8", "surrogatepass")
    yield value
    if not PLAIN.fullmatch(value):
        yield from _json(value)
        yield from _url(raw)
        yield from _markup(value)
        yield from _python(value)
        yield from _shell(value)
        yield from _base64(json.dumps(value)[1:-1].encode())  # a part of JSON that was encoded
    yield from _base64(raw)
    yield raw.hex()
    yield raw.hex().upper()
    if len(value) <= MOST_CODE_POINTS:  # what jq's `explode` makes of it
        points = [str(ord(letter)) for letter in value]
        yield ",".join(points)
        yield ", ".join(points)


def _json(value: str) -> Iterator[str]:
    """In JSON, and in JSON inside JSON; some writers escape more than others."""
    for ascii_only in (True, False):
        once = json.dumps(value, ensure_ascii=ascii_only)[1:-1]
        yield once
        yield json.dumps(once, ensure_ascii=ascii_only)[1:-1]
        yield once.replace("/", "\\/")
        yield once.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _url(raw: bytes) -> Iterator[str]:
    for form in (
        quote(raw),
        quote(raw, safe=""),
        quote(quote(raw, safe="")),
        quote_plus(raw),
        quote(raw, safe="!'()*"),  # JavaScript's encodeURIComponent
        quote(raw, safe=";/?:@&=+$,#!'()*"),  # and its encodeURI
    ):
        yield form
        head, *rest = form.split("%")
        yield "%".join((head, *(part[:2].lower() + part[2:] for part in rest)))


def _markup(value: str) -> Iterator[str]:
    """HTML and XML: each library has its own way with quotes."""
    escaped = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    for double, single in (
        ("&quot;", "&#x27;"),
        ("&quot;", "&#39;"),
        ("&#34;", "&#39;"),
        ("&quot;", "&apos;"),
    ):
        quoted = escaped.replace('"', double)
        yield from (escaped, quoted, quoted.replace("'", single))
        yield quoted.replace("'", single).encode("ascii", "xmlcharrefreplace").decode()


def _python(value: str) -> Iterator[str]:
    """What `repr` shows, of the text or of its bytes, inside of either kind of quotes."""
    for mark in ("'", '"'):
        for shown in (repr(value + mark), ascii(value + mark)):
            yield shown[1:-1].removesuffix("\\" + mark).removesuffix(mark)
        data = repr((value + mark).encode("utf-8", "surrogatepass"))
        yield data[2:-1].removesuffix("\\" + mark).removesuffix(mark)


def _shell(value: str) -> Iterator[str]:
    yield value.replace("'", "'\"'\"'")
    yield value.replace("'", "'\\''")
    yield re.sub(r'(["$`\\])', r"\\\1", value)
    yield re.sub(r"([^A-Za-z0-9_@%+=:,./-])", r"\\\1", value)


def _base64(raw: bytes) -> Iterator[str]:
    """By itself, in lines, and inside other text (`user:password`), in any of three positions."""
    forms = [_encoded(raw)]
    for width in BASE64_LINES:
        if len(forms[0]) > width:
            lines = (forms[0][at : at + width] for at in range(0, len(forms[0]), width))
            forms += [line for line in lines if len(line) >= SHORTEST_LINE]
    for before in range(3):
        first = (before * 8 + 5) // 6  # the characters that also hold bits of the text before
        last = (before + len(raw)) * 8 // 6  # the one behind also holds bits of the text after
        if last - first >= SHORTEST_LINE:
            forms.append(_encoded(bytes(before) + raw)[first:last])
    for form in forms:
        yield form
        if "+" in form or "/" in form:
            yield form.replace("+", "-").replace("/", "_")
            yield form.replace("+", "%2B").replace("/", "%2F")


def _encoded(raw: bytes) -> str:
    return b2a_base64(raw, newline=False).decode("ascii").rstrip("=")
