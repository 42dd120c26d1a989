"""What a docstring says of a function and of each of its parameters: Google, NumPy or Sphinx style."""

from __future__ import annotations

import re

# Google's and NumPy's sections; what stands in one of the first is about parameters.
PARAMETERS = (
    *("args", "arguments", "parameters", "params", "keyword args", "keyword arguments"),
    *("other parameters", "attributes"),
)
OTHERS = (
    *("returns", "return", "yields", "raises", "example", "examples", "note", "notes", "warns"),
    *("see also", "references", "todo", "warning", "warnings"),
)

GOOGLE = re.compile(r"^\*{0,2}(\w+)\s*(?:\([^)]*\))?\s*:\s?(.*)$")
NUMPY = re.compile(r"^\*{0,2}(\w+(?:\s*,\s*\w+)*)\s*(?::.*)?$")
SPHINX = re.compile(r"^:(?:param|parameter|arg|argument|key|keyword)\s+(?:[^:]*?\s)?\*{0,2}(\w+)\s*:\s?(.*)$")
SPHINX_OTHER = re.compile(r"^:(?:returns?|rtype|raises?|type|yields?|example|var|ivar|cvar)\b[^:]*:")
UNDERLINE = re.compile(r"^-{3,}$")


def described(docstring: str | None) -> tuple[str, dict[str, str]]:
    """What it says of the whole, and of each parameter by its name."""
    lines = _dedented(docstring or "")
    text: list[str] = []
    found: dict[str, str] = {}
    at = 0
    while at < len(lines):
        section, at_body, numpy = _section(lines, at)
        if section:
            end = _end_of_section(lines, at_body, numpy=numpy)
            if section in PARAMETERS:
                found.update(_parameters(lines[at_body:end], NUMPY if numpy else GOOGLE))
            at = end
        elif SPHINX.match(lines[at]) or SPHINX_OTHER.match(lines[at]):
            end = _end_of_field(lines, at)
            if match := SPHINX.match(lines[at]):
                found[match[1]] = _joined([match[2], *lines[at + 1 : end]])
            at = end
        else:
            text.append(lines[at])
            at += 1
    return "\n".join(text).strip(), found


def _dedented(docstring: str) -> list[str]:
    """As `inspect.cleandoc` does it."""
    first, *others = docstring.expandtabs().split("\n")
    indents = [len(line) - len(line.lstrip()) for line in others if line.strip()]
    margin = min(indents, default=0)
    return [first.strip(), *(line[margin:].rstrip() for line in others)]


def _section(lines: list[str], at: int) -> tuple[str, int, bool]:
    """Its name, where its body begins, and whether it is NumPy's; no name: there is none here."""
    line = lines[at]
    name = line.rstrip(":").strip().lower()
    if line[:1].isspace() or name not in (*PARAMETERS, *OTHERS):
        return "", at, False
    if line.endswith(":"):
        return name, at + 1, False
    if at + 1 < len(lines) and UNDERLINE.match(lines[at + 1]):
        return name, at + 2, True
    return "", at, False


def _end_of_section(lines: list[str], at: int, *, numpy: bool) -> int:
    while at < len(lines):
        if _section(lines, at)[0] or (not numpy and lines[at] and not lines[at][:1].isspace()):
            return at
        at += 1
    return at


def _end_of_field(lines: list[str], at: int) -> int:
    at += 1
    while at < len(lines) and lines[at][:1].isspace():
        at += 1
    return at


def _parameters(lines: list[str], style: re.Pattern[str]) -> dict[str, str]:
    """Each begins at the margin of the section; what is indented deeper belongs to it."""
    margin = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    found: dict[str, list[str]] = {}
    current: list[str] = []
    for line in lines:
        match = (
            style.match(line[margin:]) if line.strip() and not line[margin : margin + 1].isspace() else None
        )
        if match is None:
            current.append(line)
            continue
        current = [match[2]] if style is GOOGLE else []
        for name in re.split(r"\s*,\s*", match[1]):
            found[name] = current
    return {name: _joined(parts) for name, parts in found.items()}


def _joined(lines: list[str]) -> str:
    return " ".join(" ".join(lines).split())
