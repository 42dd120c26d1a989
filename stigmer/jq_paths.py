"""Which names does a jq program that was written by hand ask for? Only where that is sure."""

from __future__ import annotations

from stigmer.late import late

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# A string, a variable, a number, a format, a word, an operator of two signs; else one sign.
TOKEN = r'"(?:[^"\\]|\\.)*"|\$\w+|\d+(?:\.\d+)?|@\w+|[A-Za-z_]\w*|\.\.|//|[|=!<>+*/%-]=|\S'
ROOTS = ("$context", "$data", "$input", "$env")
# What these do to `.`, to a variable, or to a field that is not there is not for us to know.
UNSURE = frozenset(("//", "//=", "?", "#", "'", "as", "def", "foreach", "label", "reduce", "try", "import"))
OPERATORS = frozenset(("and", "elif", "else", "if", "or", "then"))
CLOSING = frozenset(")]}")

Path = tuple[str, tuple[str, ...]]  # `$context` or `.`, and the fields from there on


def paths(program: str) -> list[Path]:
    """Paths of fields from `$context`, `$data`, `$input`, `$env`, and from `.` while it is what it was."""
    tokens = late("re").findall(TOKEN, _double_quotes(program))
    return [] if UNSURE.intersection(tokens) else list(_paths(tokens))


def _paths(tokens: Sequence[str]) -> Iterator[Path]:
    at, moved, before = 0, False, ""
    while at < len(tokens):
        token = tokens[at]
        following = tokens[at + 1] if at + 1 < len(tokens) else ""
        moved = moved or token == "|" or (following == "(" and _is_word(token))
        starts = token == "." and not moved and not _is_value(before)
        if starts or token in ROOTS:
            fields, end = _fields(tokens, at if starts else at + 1)
            if fields:
                yield ("." if starts else token), fields
            before, at = "]", max(end, at + 1)
        else:
            before, at = token, at + 1


def _fields(tokens: Sequence[str], at: int) -> tuple[tuple[str, ...], int]:
    """`.a."b"["c"]`, and where that ends."""
    found: list[str] = []
    while at < len(tokens):
        dot = tokens[at] == "."
        name = tokens[at + dot] if at + dot < len(tokens) else ""
        if dot and (_is_word(name) or _is_plain(name)):
            at += 2
        elif name == "[" and tokens[at + dot + 2 : at + dot + 3] == ["]"] and _is_plain(tokens[at + dot + 1]):
            name = tokens[at + dot + 1]
            at += dot + 3
        else:
            break
        found.append(name.strip('"'))
    return tuple(found), at


def _is_word(token: str) -> bool:
    return token.isidentifier() and token not in OPERATORS


def _is_plain(token: str) -> bool:
    return token.startswith('"') and "\\" not in token


def _is_value(token: str) -> bool:
    return token in CLOSING or token[:1] in ('"', "$", "@") or _is_word(token)


def _double_quotes(program: str) -> str:
    """The workflow language takes 'x' for "x"; where both are used, nothing is sure."""
    return program if '"' in program or "\\" in program else program.replace("'", '"')
