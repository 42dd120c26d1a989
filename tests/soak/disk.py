"""What is on disk, moment by moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tests.soak.look import ENV_FILE, MODULES, digest

VARIABLES = "!"  # in a tree: what the environment file says, unless it cannot be read

Tree = Mapping[str, str]
Content = tuple[str, str | None]  # what the program reads, and the variables; None: nobody knows


@dataclass(slots=True, kw_only=True)
class Moment:
    """What was on disk, and when at most: from the begin of one step to the end of the next."""

    tree: Tree
    since: float
    until: float = float("inf")
    blurred_until: float = 0.0  # other moments came before it that nobody saw
    program: Tree = field(default_factory=dict)  # what the program sees of it
    digest: str = ""

    def __post_init__(self) -> None:
        self.program = of_program(self.tree)
        self.digest = digest(self.program)

    @property
    def variables(self) -> str | None:
        return self.tree.get(VARIABLES)

    @property
    def content(self) -> Content:
        """All that makes a difference to a run."""
        return self.digest, self.variables

    @property
    def broken(self) -> bool:
        """The program cannot run, or not with these variables."""
        return self.variables is None or any(f"{name}!" not in self.tree for name in MODULES)


class Disk:
    """Its moments."""

    def __init__(self, at: float, tree: Tree) -> None:
        self._moments = [Moment(tree=tree, since=at)]

    @property
    def now(self) -> Moment:
        return self._moments[-1]

    def step(self, began: float, ended: float, tree: Tree, *, blurred: bool = False) -> None:
        if tree != self.now.tree or blurred:
            self.now.until = ended
            self._moments.append(Moment(tree=tree, since=began, blurred_until=ended if blurred else 0.0))

    def between(self, begin: float, end: float) -> list[Moment]:
        """The oldest first."""
        return [*self._back(begin, end)][::-1]

    def _back(self, begin: float, end: float) -> Iterator[Moment]:
        for moment in reversed(self._moments):
            if moment.until < begin:
                return
            if moment.since <= end:
                yield moment


def of_program(tree: Tree) -> Tree:
    return {
        path: content for path, content in tree.items() if path != VARIABLES and not path.endswith(ENV_FILE)
    }


def files(tree: Tree) -> set[str]:
    return {path for path in tree if not path.endswith("!")}


def different(before: Tree, after: Tree) -> set[str]:
    """The files whose content is not the same."""
    return files({path: "" for path in {*before, *after} if before.get(path) != after.get(path)})
