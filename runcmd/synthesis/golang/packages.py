"""What `go list` says of the packages that a program is made of."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from runcmd.frozen import Frozen
from runcmd.synthesis.golang.tool import GoTool

_BUILT = (
    *("GoFiles", "CgoFiles", "CFiles", "CXXFiles", "MFiles", "HFiles", "FFiles", "SFiles"),
    *("SwigFiles", "SwigCXXFiles", "SysoFiles"),
)
# One line for each package; a file's name has neither a zero byte nor a line break in it.
_END = r'{{"\x00"}}'
_TEMPLATE = (
    "{{if not .Standard}}"
    f"dir={{{{.Dir}}}}{_END}name={{{{.Name}}}}{_END}"
    f'{{{{with .Error}}}}error={{{{printf "%q" (print .)}}}}{_END}{{{{end}}}}'
    f"{{{{with .Module}}}}{{{{with .GoMod}}}}module={{{{.}}}}{_END}{{{{end}}}}{{{{end}}}}"
    + "".join(f"{{{{range .{kind}}}}}built={{{{.}}}}{_END}{{{{end}}}}" for kind in _BUILT)
    + f"{{{{range .IgnoredGoFiles}}}}ignored={{{{.}}}}{_END}{{{{end}}}}"
    f"{{{{range .EmbedFiles}}}}embedded={{{{.}}}}{_END}{{{{end}}}}"
    f"{{{{range .EmbedPatterns}}}}patterns={{{{.}}}}{_END}{{{{end}}}}"
    "{{end}}"
)


class GoPackage(Frozen):
    """One that is not of the standard library. Names are relative to its directory."""

    directory: Path
    name: str
    error: str  # why it cannot be loaded whole; quoted
    module: Path | None  # its go.mod
    built: tuple[str, ...]
    ignored: tuple[str, ...]  # Go files that a build constraint leaves out
    embedded: tuple[str, ...]
    patterns: tuple[str, ...]  # of //go:embed


async def list_packages(go: GoTool, *what: str) -> list[GoPackage]:
    """Those that a program needs, itself last; none where `go list` fails. `what`: `.`, or files."""
    finished = await go.call("list", "-e", "-deps", "-f", _TEMPLATE, *what)
    return [] if finished.status else list(_packages(finished.stdout))


def _packages(text: str) -> Iterator[GoPackage]:
    for line in text.split("\n"):
        fields: dict[str, list[str]] = {}
        for part in line.split("\0"):
            key, equals, value = part.partition("=")
            if equals:
                fields.setdefault(key, []).append(value)
        if not fields:
            continue
        module = fields.get("module")
        yield GoPackage(
            directory=Path(fields["dir"][0]),
            name=fields["name"][0],
            error="".join(fields.get("error", ())),
            module=Path(module[0]) if module else None,
            **{each: tuple(fields.get(each, ())) for each in ("built", "ignored", "embedded", "patterns")},
        )
