"""A conversation on a real terminal: what is typed, and what is on the screen then."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pexpect
import pyte

from tests.support.poll import PATIENCE_SECONDS
from tests.support.world import STIGMER, World

PROMPT = "\x1b[?2004h", "You:"  # from now on, what is pasted is marked
CTRL_C, CTRL_D, CTRL_R, UP, TAB = "\x03", "\x04", "\x12", "\x1b[A", "\t"
NEW_LINE = "\x1b\r"  # Alt-Enter
PASTE, END_OF_PASTE = "\x1b[200~", "\x1b[201~"

AGENT = """
from stigmer import Agent, Scripted

Agent("host", "You are a kind host.", model=Scripted("host.yaml"))
"""
SCRIPT = r"""
- when: /^slow/
  chunk: 300
  say: "begun and never over"
- when: /^stop/
  delay: 600
  say: "never"
- when: /^later/
  delay: 2
  say: "it went on"
- when: /^break/
  fail: "the model broke down"
- say: "[{{ count }}] {{ message }} <{{ previous | default('nothing') }}>"
"""


class ChatTerminal:
    """What somebody sees who types messages."""

    def __init__(
        self,
        world: World,
        directory: Path,
        *args: str,
        environ: Mapping[str, str] | None = None,
        size: tuple[int, int] = (40, 100),
    ) -> None:
        self.screen = pyte.Screen(size[1], size[0])
        self._stream = pyte.Stream(self.screen)
        self.written = ""
        self.terminal = pexpect.spawn(
            str(STIGMER),
            ["run", "-i", *args],
            cwd=str(directory),
            env=world.environ | {"TERM": "xterm-256color"} | dict(environ or {}),
            dimensions=size,
            encoding="utf-8",
            timeout=PATIENCE_SECONDS,
        )
        self.terminal.logfile_read = self  # type: ignore[assignment]

    def write(self, text: str) -> None:
        """What the terminal gets."""
        self.written += text
        self._stream.feed(text.replace("\ufe0f", ""))

    def flush(self) -> None:
        """Nothing is buffered."""

    def see(self, *shown: str) -> None:
        """These appear, one after the other."""
        for each in shown:
            self.terminal.expect(re.escape(each))

    def ready(self) -> None:
        """A message can be typed."""
        self.see(*PROMPT)

    def type(self, text: str) -> None:
        self.terminal.send(text)

    def say(self, message: str, *answer: str) -> None:
        """Sends it, and waits for the answer and the next line."""
        self.type(f"{message}\r")
        self.see(*answer)
        self.ready()

    @property
    def text(self) -> str:
        """What is on the screen."""
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip()

    def end(self) -> int:
        """The exit status, once it has ended by itself."""
        self.terminal.expect(pexpect.EOF)
        self.terminal.close()
        status = self.terminal.exitstatus
        return status if status is not None else 128 + (self.terminal.signalstatus or 0)


def host_project(world: World, script: str = SCRIPT, program: str = AGENT) -> Path:
    """A project with the agent `host`."""
    project = world.project(program)
    (project / "host.yaml").write_text(script)
    return project


@contextmanager
def open_chat(
    world: World, directory: Path, *args: str, environ: Mapping[str, str] | None = None
) -> Iterator[ChatTerminal]:
    """A conversation in this project; a message can be typed."""
    chat = ChatTerminal(world, directory, *args, environ=environ)
    try:
        chat.ready()
        yield chat
    finally:
        chat.terminal.close(force=True)
