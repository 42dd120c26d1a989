"""The project's Go program: started as it was built before, or built because something in it has changed."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from functools import partial
from hashlib import blake2b
from pathlib import Path

from anyio import to_thread

from runcmd.gather import gather_two
from runcmd.project import Project
from runcmd.synthesis.fresh import started
from runcmd.synthesis.golang.building import Built, build
from runcmd.synthesis.golang.kept import GoBuild, KeptBuilds, kept_builds
from runcmd.synthesis.golang.tool import ASKED, GoTool, find_go
from runcmd.synthesis.interfaces import Finished
from runcmd.synthesis.leash import leash, under_guard
from runcmd.synthesis.live import LiveOutput
from stigmer_api.manifest_files import OUT_DIR

VERSION = 1  # of what a kept build says about itself
COMPILERS = ("AR", "CC", "CXX", "FC", "GCCGO", "PKG_CONFIG")
FOUND_BY_GO = ("gcc", "clang", "cc")  # whether one is there decides on cgo


async def run_go(
    project: Project, out: Path, deadline: float, output: LiveOutput | None = None
) -> tuple[Finished, GoBuild]:
    """Builds it if it must, runs it to its end. Raises ProjectError and UsageError.

    Args:
        project: with `runtime: go`.
        out: an empty directory; what the program declares is there then.
        deadline: seconds, for each call of Go and for the program.
        output: hears what the program writes, while it runs.
    """
    env = {**os.environ, OUT_DIR: str(out)}
    go = find_go(project, env, deadline)
    kept = await to_thread.run_sync(kept_builds, await _key(go, project.main))
    run = partial(_run, project, env, deadline, output)
    with ExitStack() as held:
        found = held.enter_context(kept.found()) if kept else None
        if found is not None:
            return await run(found), found
        place = None
        if kept is not None:
            with suppress(OSError):
                place = held.enter_context(kept.making())
        known = kept.known_paths() if kept else set()
        built = await build(go, project.main, place or out, known)
        if kept is None or place is None or built.inputs is None:
            return await run(built.build), built.build
        finished, _ = await gather_two(partial(run, built.build), partial(_keep, kept, built))
        return finished, built.build


async def _run(
    project: Project, env: Mapping[str, str], deadline: float, output: LiveOutput | None, build: GoBuild
) -> Finished:
    with leash() as pipe:
        return await started(project, under_guard([str(build.program)], pipe), env, deadline, pipe, output)


async def _keep(kept: KeptBuilds, built: Built) -> None:
    assert built.inputs is not None, "only what is known to be fresh is kept"
    with suppress(OSError):  # then it is built again
        await to_thread.run_sync(kept.keep, built.build, built.inputs)


async def _key(go: GoTool, main: Path) -> str:
    """All that decides beside the content of files: the main file's place, the environment, and Go itself."""
    path = os.path.realpath(go.path)
    found = os.stat(path)  # noqa: PTH116
    facts: list[object] = [VERSION, str(main), path, found.st_size, found.st_mtime_ns, found.st_ino]
    facts += sorted(f"{name}={value}" for name, value in go.env.items() if _decides(name))
    facts += [shutil.which(each, path=go.env.get("PATH")) for each in FOUND_BY_GO]
    if await to_thread.run_sync(_is_script, path):  # it chooses a version, by the directory
        settings = await go.settings()
        facts += [settings.get(name) for name in ASKED]
    return blake2b(json.dumps(facts).encode(errors="surrogateescape"), digest_size=16).hexdigest()


def _decides(name: str) -> bool:
    """Go's own variables have no underscore, GOOGLE_API_KEY is none of them."""
    return name in (*COMPILERS, "HOME", "XDG_CONFIG_HOME") or (
        (name.startswith("GO") and "_" not in name) or name.startswith(("CGO_", "GO_"))
    )


def _is_script(path: str) -> bool:
    with open(path, "rb") as file:  # noqa: PTH123
        return file.read(2) == b"#!"
