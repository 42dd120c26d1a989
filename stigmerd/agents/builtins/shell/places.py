"""What a command may read where the kernel confines it: the system and its programs, not a home."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

SYSTEM = (
    *("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc", "/opt", "/nix", "/snap"),
    *("/proc", "/sys", "/run/systemd/resolve", "/dev"),
)
PROGRAMS = ("bin", "sbin", "shims")
SHELLS = ("/bin/bash", "/usr/bin/bash", "/bin/sh")


def shell() -> str:
    """bash where there is one."""
    return next((each for each in SHELLS if Path(each).exists()), SHELLS[-1])


def readable(environ: Mapping[str, str], more: Sequence[str]) -> list[Path]:
    """`more`: what the declaration adds."""
    return [
        *map(Path, SYSTEM),
        Path(sys.prefix),
        Path(sys.base_prefix),
        *_of_path(environ.get("PATH", ""), Path(environ.get("HOME") or "/")),
        *(Path(each) for each in more),
    ]


def _of_path(path: str, home: Path) -> Iterator[Path]:
    """The directories of programs, and what a language has beside them: `…/node/bin` has `…/node/lib`."""
    for each in path.split(":"):
        place = Path(each)
        if not place.is_absolute():
            continue
        yield place
        beside = place.parent
        if place.name in PROGRAMS and not home.is_relative_to(beside):
            yield from (beside,) if beside != home / ".local" else (beside / "lib",)
