"""Escapes foreign text for a terminal: controls, invisible characters, changes of direction."""

from __future__ import annotations

import unicodedata

# Controls, what is only there for the layout (zero width, direction, tags), separators of lines and
# paragraphs, halves of characters. Not what is unassigned: an emoji may be younger than this Python.
UNSAFE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# Letters and marks that nobody sees.
BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
JOINERS = frozenset("\u200c\u200d")  # an emoji may be made of several, and some scripts need them
NAMES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
# What stands for signs that an encoding may not have.
SPELLED = str.maketrans(
    {"…": "...", "→": "->", "›": ">", "·": "-", "─": "-", "•": "*", "–": "-", "—": "-"}
    | dict.fromkeys("“”„", '"')
    | dict.fromkeys("‘’", "'")
)
ESCAPED_BYTES = range(0xDC80, 0xDD00)  # of a file's name that is no text


def visible(text: str, *, tabs: bool = False) -> str:
    """The text as one line, with unsafe characters as escapes; `tabs` may stay."""
    if text.isprintable() and BLANK.isdisjoint(text):
        return text
    return "".join(
        each if not _unsafe(text, at) or (tabs and each == "\t") else _escape(each)
        for at, each in enumerate(text)
    )


def harmless(text: str) -> str:
    """The text with its line ends, without other unsafe characters."""
    if text.isprintable():
        return text
    text = text.replace("\r\n", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    return "".join(
        each for each in text if each in "\n\t" or each in JOINERS or unicodedata.category(each) not in UNSAFE
    )


def spelled(text: str) -> str:
    """The text with dots, arrows, dashes and quotation marks of ASCII."""
    return text.translate(SPELLED)


def safe_json(text: str) -> str:
    """The same JSON, with an escape for each character that controls a terminal."""
    if text.isprintable() and BLANK.isdisjoint(text):
        return text
    return "".join(_json_escape(each) if _drives(each) else each for each in text)


def _unsafe(text: str, at: int) -> bool:
    each = text[at]
    if each in JOINERS:
        return text[at - 1 : at].isascii() or text[at + 1 : at + 2].isascii()  # nothing is ASCII, too
    return _drives(each)


def _drives(character: str) -> bool:
    return character in BLANK or unicodedata.category(character) in UNSAFE


def _escape(character: str) -> str:
    code = ord(character)
    if code in ESCAPED_BYTES:
        code -= 0xDC00
    if character in NAMES:
        return NAMES[character]
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _json_escape(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
