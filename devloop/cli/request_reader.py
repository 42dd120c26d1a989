"""The request of a watch loop: read again for each run, from the places that were found at the start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from devloop.cli.connect import BackendChoice
from devloop.cli.dotenv import MOST_BYTES, whole
from devloop.cli.environment import Ask
from devloop.cli.flags import RunFlags
from devloop.cli.here import placed_address
from devloop.cli.input.files import files_of, with_places
from devloop.cli.once import ReadOnce, refuse_twice
from devloop.cli.request import read_request
from runcmd.project import Project, ProjectRuntime
from runcmd.request import RunRequest

NOT_YET = {
    "--input": b"{}",
    "--model": b"- say: x\n",
}  # what a pipe is taken for while it is being read; else for nothing


class RequestReader:
    """Reads flags and files again for each run of a loop, but asks for each secret only once.

    Where the files are is known from the first reading on: the directory where the command was typed may be
    moved or deleted, and whatever is above it is another project.
    """

    def __init__(self, flags: RunFlags, ask: Ask | None) -> None:
        self._flags = replace(with_places(flags), server=placed_address(flags.server))
        self._given = files_of(self._flags)
        self._file: Path | None = None  # the project's Stigmer.yaml
        self._ask = ask
        self._answers: dict[str, str] = {}
        self._once = ReadOnce(MOST_BYTES)
        self._gathered = False
        self._message = ""  # where it was read from, if that can be read only once
        self.backend: BackendChoice

    def begin(self) -> RunRequest:
        """The first reading; without variables from pipes, which are being read. Raises UsageError."""
        refuse_twice(self._given, self._flags.message)
        self._once.begin([each.path for each in self._given])
        self._message = "standard input" if self._flags.message == "-" else ""
        return self.read()

    async def gather(self, say: Callable[[str], object]) -> None:
        """Waits for what is being read; `say` gets a sentence when it takes time. Raises UsageError."""
        await self._once.wait(say)
        self._gathered = True
        self.read()

    def kept(self) -> tuple[str, ...]:
        """The names of what was read once and will not be read again."""
        return (*map(str, self._once.kept), *filter(None, [self._message]))

    def read(self) -> RunRequest:
        """Raises UsageError."""
        ask = self._asked if self._ask else None
        request, self.backend = read_request(self._flags, ask, file=self._file, content_of=self._content_of)
        if request.project is not None and request.project.runtime is not ProjectRuntime.FILES:
            self._file = request.project.file
        elif self._flags.manifests:
            self._flags = replace(self._flags, deployed=True)  # there is no project, and there will be none
        self._flags = replace(self._flags, message=request.message)  # standard input is read once
        return request

    def files(self, project: Project) -> tuple[Path, ...]:
        """Those that a run is made of besides the project's own: each is read again for each run."""
        given = tuple(each.path for each in self._given)
        if self._flags.env_file or not project.run.env_file:
            return given
        return (project.run.env_file, *given)

    def _content_of(self, file: Path) -> bytes:
        if not self._once.holds(file):
            return whole(file)
        if self._gathered:
            return self._once.content(file)
        option = next(each.option for each in self._given if each.path == file)
        return NOT_YET.get(option, b"")

    def _asked(self, name: str) -> str:
        assert self._ask is not None
        if name not in self._answers:
            self._answers[name] = self._ask(name)
        return self._answers[name]
