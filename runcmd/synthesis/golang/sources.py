"""Which files is the program made of that starts with this main file?"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from anyio import to_thread

from runcmd.errors import ProjectError
from runcmd.frozen import Frozen
from runcmd.synthesis.golang.packages import GoPackage, list_packages
from runcmd.synthesis.golang.source_text import has_main
from runcmd.synthesis.golang.tool import GoTool
from stigmer_api.reading import read_bounded

PACKAGE = (".",)
MOST_BYTES = 16 << 20  # of one Go file
CONSTRAINED = "not built: its build constraint leaves it out"
OTHER_PROGRAM = "not built: it is another program: it has a main function of its own"
ALONE = "not built: only the named main file is, as `go run FILE` does"
CONFLICT = "found packages "  # in Go's words: the files of one directory belong to several
UNFIT = "not built: the main file compiles only without it"


class GoSources(Frozen):
    """What to build, and of what it is built."""

    arguments: tuple[str, ...]  # of `go build`: the package, or files
    packages: tuple[GoPackage, ...]  # that are not of the standard library, the program's own last
    left_out: tuple[tuple[str, str], ...] = ()  # files beside the main file that are not built, and why
    others: bool = True  # may a file that comes or changes beside the main file make a difference?

    @property
    def whole(self) -> bool:
        """Does `go list` know each file of it?"""
        return bool(self.packages) and not any(each.error for each in self.packages)

    @property
    def alone(self) -> GoSources | None:
        """What else to try if that does not compile: some of the files may belong to another program."""
        if self.arguments == PACKAGE or len(self.arguments) == 1:
            return None
        unfit = tuple((name, UNFIT) for name in self.arguments[1:])
        return replace(self, arguments=self.arguments[:1], left_out=(*unfit, *self.left_out))


async def find_sources(go: GoTool, main: Path) -> GoSources:
    """As the Go command line would choose them: see docs/design/go.md. Raises ProjectError."""
    packages = await list_packages(go, *PACKAGE)
    package = packages[-1] if packages else None
    if package is None or main.name not in package.built or CONFLICT in package.error:
        sources = GoSources(
            arguments=(main.name,),
            packages=tuple(await list_packages(go, main.name)),
            left_out=tuple((name, ALONE) for name in await to_thread.run_sync(_beside, main)),
            others=package is None or CONFLICT in package.error,
        )
        return _checked(sources, main)
    helpers, programs = await to_thread.run_sync(_by_main, package, main.name)
    left_out = tuple((name, CONSTRAINED) for name in package.ignored)
    if not programs:
        return _checked(GoSources(arguments=PACKAGE, packages=tuple(packages), left_out=left_out), main)
    files = (main.name, *helpers)
    sources = GoSources(
        arguments=files,
        packages=tuple(await list_packages(go, *files)),
        left_out=(*((name, OTHER_PROGRAM) for name in programs), *left_out),
    )
    return _checked(sources, main)


def _beside(main: Path) -> list[str]:
    """The other Go files of its directory."""
    with suppress(OSError):
        return sorted(
            each.name
            for each in main.parent.iterdir()
            if each.suffix == ".go" and each.name != main.name and not each.stem.endswith("_test")
        )
    return []


def _by_main(package: GoPackage, main: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The package's other Go files, and those of them that are programs."""
    others = [name for name in package.built if name.endswith(".go") and name != main]
    programs = [name for name in others if has_main(_text(package.directory / name))]
    return tuple(name for name in others if name not in programs), tuple(programs)


def _text(file: Path) -> bytes:
    with suppress(OSError):
        return read_bounded(file, MOST_BYTES)
    return b""


def _checked(sources: GoSources, main: Path) -> GoSources:
    """Go builds a library without a word, and leaves nothing that can be started."""
    name = sources.packages[-1].name if sources.packages else "main"
    if name not in ("main", ""):
        raise ProjectError(
            f"{main} belongs to package {name}, which is no program",
            code="E0316",
            hint="its first line must say `package main`, or `main` in Stigmer.yaml must name another file",
            facts={"file": str(main)},
        )
    return sources
