"""Texts that nobody evaluates: an expression in one would be taken as it stands."""

from __future__ import annotations

from stigmer import project, text
from stigmer.errors import DeclarationError, SourcePlace
from stigmer.late import late

# What Markdown shows as code is an example for the reader, not an expression.
CODE = r"(?s:```.*?```|``.*?``|`[^`\n]*`)"
MEANT = r"\$(?:context|data|input|env|output)\b|(?<![\w)\]}\"'.$])\.[A-Za-z_]\w*"


def check_fixed(what: str, value: str, instead: str, *, file: str = "") -> str:
    """The text itself; `file`: where it was read from. An expression in it is a mistake."""
    if text.OPEN not in value:
        return value
    re, written = late("re"), project.current().written
    plain = re.sub(CODE, lambda code: code[0].replace("$", " "), value)
    at = 0
    for piece, is_place in text.parts(value):
        shown_as_code = not plain.startswith(text.OPEN, at)
        by_hand = not shown_as_code and re.match(MEANT, text.inside(piece))
        if is_place and (piece in written or by_hand):
            place = SourcePlace(file, value.count("\n", 0, at) + 1) if file else None
            project.current().mistaken(
                DeclarationError(
                    f"the expression {piece} stands in {what}, where nothing is evaluated; {instead}",
                    place,
                )
            )
        at += len(piece)
    return value
