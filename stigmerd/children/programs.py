"""A project's own program, run in the project's interpreter as a helper process of ours."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from stigmer_api.facts import MAIN_ANNOTATION, PATH_ANNOTATION, PROJECT_ANNOTATION, PYTHON_ANNOTATION
from stigmerd.children.guarded import Guarded

FACTS: Final = (PYTHON_ANNOTATION, MAIN_ANNOTATION, PROJECT_ANNOTATION)
# What a program needs to run at all; the rest of its environment is the execution's.
PASSED: Final = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "USER", "VIRTUAL_ENV", "LD_LIBRARY_PATH")


@dataclass(frozen=True, kw_only=True)
class ProjectProgram:
    """Which program, and what it needs to run."""

    python: str
    main: str
    directory: str
    environ: Mapping[str, str]

    @classmethod
    def of(cls, annotations: Mapping[str, str]) -> ProjectProgram | None:
        """That of what was deployed with them; None: it does not come from a local Python project."""
        python, main, directory = (annotations.get(fact, "") for fact in FACTS)
        if not (python and main and directory):
            return None
        environ = {each: os.environ[each] for each in PASSED if each in os.environ}
        # Without the program's directory: that is searched when the program runs, and not for what starts it.
        if path := annotations.get(PATH_ANNOTATION, ""):  # the PYTHONPATH when it was deployed
            environ["PYTHONPATH"] = path
        return cls(python=python, main=main, directory=directory, environ=environ)

    async def start(
        self,
        host: str,
        arguments: Sequence[str],
        *,
        variables: Mapping[str, str],
        streams: tuple[int | IO[bytes], int | IO[bytes], int | IO[bytes]],
        lock: Path | None,
        pass_fds: Sequence[int],
    ) -> Guarded:
        """`host` is the code of the SDK that runs the program and calls functions of it.

        Raises OSError, and ValueError for what no process can be given.
        """
        return await Guarded.start(
            (self.python, "-P", "-B", "-X", "utf8"),
            host,
            (self.main, self.directory, *arguments),
            cwd=self.directory,
            env={**self.environ, **variables},
            streams=streams,
            lock=lock,
            pass_fds=pass_fds,
        )
