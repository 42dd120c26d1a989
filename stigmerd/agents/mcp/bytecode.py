"""Python trusts bytecode of a source with the same size and second: remove what may be of an earlier edit."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

CACHE = "__pycache__"
DOUBTFUL_SECONDS = 2  # written so soon after its source, it may be of the content before


def remove_doubtful(sources: Iterable[Path]) -> None:
    """Of these files. Python compiles them again; bytecode that is clearly younger stays."""
    by_folder: dict[Path, dict[str, Path]] = {}
    for source in sources:
        if source.suffix == ".py":
            by_folder.setdefault(source.parent, {})[source.stem] = source
    for folder, stems in by_folder.items():
        with contextlib.suppress(OSError), os.scandir(folder / CACHE) as entries:
            for entry in entries:
                of = stems.get(entry.name.partition(".")[0])
                if of is not None and entry.name.endswith(".pyc") and _is_doubtful(of, entry):
                    with contextlib.suppress(OSError):
                        Path(entry.path).unlink()


def _is_doubtful(source: Path, bytecode: os.DirEntry[str]) -> bool:
    """Younger than its source by less than the header of the bytecode can tell, or not younger at all."""
    stat = source.stat()
    changed = max(stat.st_mtime_ns, stat.st_ctime_ns)
    return bytecode.stat().st_mtime_ns < changed + DOUBTFUL_SECONDS * 10**9
