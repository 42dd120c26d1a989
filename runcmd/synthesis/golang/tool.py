"""The `go` command, as the project's directory and the environment choose it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from runcmd.errors import ProjectError
from runcmd.project import Project
from runcmd.synthesis.child import run_program
from runcmd.synthesis.interfaces import Finished
from runcmd.synthesis.leash import leash, under_guard

ASKED = ("GOENV", "GOFLAGS", "GOMOD", "GOMODCACHE", "GOROOT", "GOVERSION", "GOWORK")


class GoTool:
    """Calls it in one directory; what it starts ends with us."""

    def __init__(self, path: str, directory: Path, env: Mapping[str, str], deadline: float) -> None:
        """`deadline`: seconds, for each call."""
        self.path = path
        self.directory = directory
        self.env = env
        self._deadline = deadline

    async def call(self, *arguments: str) -> Finished:
        """To its end, however it ends."""
        with leash() as pipe:
            guarded = under_guard([self.path, *arguments], pipe)
            return await run_program(
                guarded, cwd=self.directory, env=self.env, deadline=self._deadline, pass_fds=(pipe,)
            )

    async def settings(self) -> dict[str, str]:
        """The variables of ASKED, also those that `go env -w` has set; none of them if it does not say."""
        finished = await self.call("env", "-json", *ASKED)
        try:
            found = json.loads(finished.stdout)
        except ValueError:
            return {}
        return {name: str(found.get(name, "")) for name in ASKED}


def find_go(project: Project, env: Mapping[str, str], deadline: float) -> GoTool:
    """Raises ProjectError."""
    path = shutil.which("go", path=env.get("PATH"))
    if path is None:
        raise ProjectError(
            f"{project.file} says `runtime: go`, and there is no `go` command on the PATH",
            code="E0314",
            hint="install Go from https://go.dev/dl",
        )
    return GoTool(path, project.main.parent, env, deadline)
