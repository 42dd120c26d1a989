"""A real shell with job control on a real terminal."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

import pexpect

from tests.support.poll import PATIENCE_SECONDS
from tests.support.world import STIGMER, World

CTRL_Z = "\x1a"
PROMPT = "PROMPT> "


class Shell:
    """bash; `$S` is the command."""

    def __init__(self, world: World, directory: Path, environ: Mapping[str, str]) -> None:
        bash = shutil.which("bash")
        assert bash
        self._written = StringIO()
        self.terminal = pexpect.spawn(
            bash,
            ["--norc", "--noprofile", "-i"],
            cwd=str(directory),
            env=world.environ | {"TERM": "xterm-256color", "PS1": PROMPT, "S": str(STIGMER)} | dict(environ),
            dimensions=(40, 200),
            encoding="utf-8",
            timeout=PATIENCE_SECONDS,
        )
        self.terminal.logfile_read = self._written
        self.see(PROMPT)

    @property
    def written(self) -> str:
        """All that has been written to the terminal, as far as it was waited for."""
        return self._written.getvalue()

    def type(self, line: str) -> None:
        self.terminal.sendline(line)

    def press(self, key: str) -> None:
        self.terminal.send(key)

    def see(self, *shown: str) -> None:
        """These appear, one after the other."""
        for each in shown:
            self.terminal.expect(re.escape(each))

    def answer(self, command: str) -> str:
        """What a command of the shell says."""
        self.type(f"{command}; echo E''ND")
        self.see("END")
        return str(self.terminal.before)

    def is_restored(self) -> None:
        settings = self.answer("stty -a < /dev/tty")
        assert " icanon" in settings, settings
        assert " echo " in settings, settings


@contextmanager
def open_shell(world: World, program: str, environ: Mapping[str, str] | None = None) -> Iterator[Shell]:
    """In a project with this program."""
    shell = Shell(world, world.project(program), environ or {})
    try:
        yield shell
    finally:
        shell.terminal.close(force=True)
