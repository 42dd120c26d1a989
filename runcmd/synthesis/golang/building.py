"""Have Go build a program, and find out what the result depends on."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

from anyio import to_thread

from runcmd.errors import ProjectError
from runcmd.frozen import Frozen
from runcmd.synthesis.golang.inputs import BuildInputs, Stamps, inputs_of, local_files, stamps
from runcmd.synthesis.golang.kept import PROGRAM, GoBuild
from runcmd.synthesis.golang.sources import GoSources, find_sources
from runcmd.synthesis.golang.tool import GoTool
from runcmd.synthesis.interfaces import Finished

ASKS_FOR_TIDY = ("go mod tidy", "to add it:", "missing go.sum entry", "updates to go.mod needed")
# As `go run` does: to note the version, git is asked, which fails in the repositories of others.
FLAGS = ("-buildvcs=false",)
WITHOUT_SYMBOLS = "-ldflags=-s -w"  # a fifth of the time to link; a panic's trace is the same
STILL_NS = 50_000_000  # a file system's clock may be so much behind
DETAIL_LINES = 40


class Built(Frozen):
    """A build, and what it depends on."""

    build: GoBuild
    inputs: BuildInputs | None  # None: it may depend on more, or something changed meanwhile


async def build(go: GoTool, main: Path, place: Path, known: set[str]) -> Built:
    """Raises ProjectError.

    Args:
        go: in the main file's directory.
        main: the project's main file.
        place: the directory for the program.
        known: paths that the result will depend on, as far as known.
    """
    began = time.time_ns()
    before = await to_thread.run_sync(stamps, known)
    settings = await go.settings()
    sources = await find_sources(go, main)
    inputs = await to_thread.run_sync(inputs_of, sources, go.directory, settings)
    marks = await to_thread.run_sync(stamps, inputs.paths if inputs else ())
    built, chosen = await _compile(go, sources, place, settings)
    if built.status and any(sign in built.stderr for sign in ASKS_FOR_TIDY):
        tidied = await go.call("mod", "tidy")
        if tidied.status:
            raise _failed(go, main, tidied)
        inputs, sources = None, await find_sources(go, main)
        built, chosen = await _compile(go, sources, place, settings)
    if built.status:
        raise _failed(go, main, built)
    if inputs is not None:
        after = await to_thread.run_sync(inputs_of, sources, go.directory, settings)
        still = _stayed(before, marks, began) and await to_thread.run_sync(stamps, inputs.paths) == marks
        inputs = inputs if still and after == inputs else None
    files = tuple(local_files(chosen, settings))
    return Built(build=GoBuild(program=place / PROGRAM, files=files, left_out=chosen.left_out), inputs=inputs)


async def _compile(
    go: GoTool, sources: GoSources, place: Path, settings: Mapping[str, str]
) -> tuple[Finished, GoSources]:
    flags = FLAGS if "-ldflags" in settings.get("GOFLAGS", "") else (*FLAGS, WITHOUT_SYMBOLS)
    program = str(place / PROGRAM)
    built = await go.call("build", *flags, "-o", program, *sources.arguments)
    alone = sources.alone
    if built.status and not built.timed_out and alone is not None:
        again = await go.call("build", *flags, "-o", program, *alone.arguments)
        if not again.status:
            return again, alone
    return built, sources


def _stayed(before: Stamps, marks: Stamps, began: int) -> bool:
    """Was each of them as it is since before Go looked for it? Directories, too."""
    return all(
        before.get(path) == mark or not mark or max(mark[:2]) < began - STILL_NS
        for path, mark in marks.items()
    )


def _failed(go: GoTool, main: Path, finished: Finished) -> ProjectError:
    what = "did not finish in time" if finished.timed_out else "does not build"
    lines = (finished.stderr or finished.stdout).rstrip().splitlines()
    return ProjectError(
        f"{go.directory} {what}",
        code="E0315",
        details=lines if len(lines) <= DETAIL_LINES else ["…", *lines[-DETAIL_LINES:]],
        facts={"file": str(main)},
    )
