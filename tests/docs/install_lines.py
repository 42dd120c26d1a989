"""Runs what docs/install.md shows, each block in a home of its own: `python -m tests.docs.install_lines`.

It needs the network and some minutes, so it is no test of the suite; .ci/run does it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.support.paths import ROOT

PAGE = ROOT / "docs" / "install.md"
SECTION = re.compile(r"^## (.*)$")
UV = ROOT / ".venv-docs" / "bin" / "uv"
LEFT_OUT = ("PYTHON", "STIGMER_", "VIRTUAL_ENV")
SECONDS = 600


def blocks(text: str) -> list[tuple[str, str]]:
    """Each shell block, with the title that it stands under."""
    found, title, block = [], "", None
    for line in text.splitlines():
        if line == "```sh":
            block = ""
        elif line == "```" and block is not None:
            found.append((title, block))
            block = None
        elif block is not None:
            block += f"{line}\n"
        elif named := SECTION.match(line):
            title = named[1]
    return found


def run(block: str, scratch: Path) -> subprocess.CompletedProcess[str]:
    """In a directory with a clone, and a project that is empty."""
    here = Path(tempfile.mkdtemp(dir=scratch))
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(here / "stigmer-devloop")], check=True)
    (here / "my-project").mkdir()
    tools = here / "tools"
    tools.mkdir()
    (tools / "uv").symlink_to(UV)
    (tools / "python3").symlink_to(Path(sys.base_prefix) / "bin" / "python3")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(LEFT_OUT)} | {
        "HOME": str(here),
        "PATH": f"{here}/.local/bin:{tools}:{os.environ['PATH']}",
        "PIP_CACHE_DIR": str(scratch / "pip"),
        "UV_CACHE_DIR": str(scratch / "uv"),
        "UV_PYTHON_DOWNLOADS": "never",
    }
    ended = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block],
        cwd=here,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    shutil.rmtree(here)
    return ended


def main() -> int:
    scratch = Path(tempfile.mkdtemp(prefix="install"))
    wrong = 0
    try:
        for title, block in blocks(PAGE.read_text("utf-8")):
            ended = run(block, scratch)
            last = ended.stdout.splitlines()[-1:] or [""]
            good = ended.returncode == 0 and last[0].startswith("stigmer ")
            print(f"{'ok' if good else 'FAILED'}: {title}", flush=True)
            if not good:
                wrong += 1
                print(block, ended.stdout, sep="\n")
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
