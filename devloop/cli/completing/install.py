"""The script of a shell: shown, or put where the shell reads it at its next start."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from devloop.terminal.stream import standard_terminals
from runcmd.errors import EXIT_OK, UsageError
from stigmer_api.config_file import home

SHELLS = ("bash", "zsh", "fish")
SCRIPTS = Path(__file__).parent / "scripts"
ZSH_FUNCTIONS = ".zfunc"
ZSH_LINES = "fpath+=~/.zfunc; autoload -Uz compinit; compinit"


def show(shell: str) -> int:
    """Writes the script of this shell; none: of the one that we were started from. The exit status.

    Raises UsageError.
    """
    out, _ = standard_terminals()
    out.record(script(shell or shell_around()).rstrip("\n"))
    out.flush()
    return EXIT_OK


def install(shell: str) -> int:
    """Installs it for this user; twice does no harm. The exit status. Raises UsageError."""
    shell = shell or shell_around()
    top = home()
    if top is None:
        raise UsageError("there is no home directory", code="E0170", hint=_by_hand(shell))
    place, rc, line = _places(shell, top)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(script(shell), "utf-8")
        changed = rc is not None and _add_line(rc, line)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot install completion: {error}", code="E0170", hint=_by_hand(shell)) from error
    out, _ = standard_terminals()
    out.good(f"Installed completion for {shell}: {place}")
    if changed:
        out.line(f"added to {rc}: {line}")
    out.line(f"It works in each {shell} that starts from now on.")
    out.flush()
    return EXIT_OK


def script(shell: str) -> str:
    """What the shell has to read."""
    return (SCRIPTS / f"stigmer.{shell}").read_text("utf-8")


def shell_around() -> str:
    """The shell in which the command was typed. Raises UsageError."""
    import shellingham

    try:
        name = str(shellingham.detect_shell()[0])
    except (shellingham.ShellDetectionFailure, OSError):
        name = Path(os.environ.get("SHELL", "")).name
    if name not in SHELLS:
        what = f"the shell {name}" if name else "this shell, whatever it is"
        raise UsageError(
            f"there is no completion for {what}",
            code="E0170",
            hint=f"there is one for {', '.join(SHELLS)}: stigmer completion bash",
        )
    return name


def _places(shell: str, top: Path) -> tuple[Path, Path | None, str]:
    """Where the script goes, and the file and the line that make the shell read it."""
    if shell == "fish":
        configuration = Path(os.environ.get("XDG_CONFIG_HOME") or top / ".config")
        return configuration / "fish" / "completions" / "stigmer.fish", None, ""
    if shell == "zsh":
        zsh = Path(os.environ.get("ZDOTDIR") or top)
        return top / ZSH_FUNCTIONS / "_stigmer", zsh / ".zshrc", ZSH_LINES
    place = top / ".bash_completions" / "stigmer.sh"
    return place, top / ".bashrc", f"source {shlex.quote(str(place))}"


def _add_line(file: Path, line: str) -> bool:
    """False: it is there already."""
    text = file.read_text("utf-8") if file.exists() else ""
    if line in text:
        return False
    between = "" if not text or text.endswith("\n") else "\n"
    with file.open("a", encoding="utf-8") as stream:
        stream.write(f"{between}{line}\n")
    return True


def _by_hand(shell: str) -> str:
    return f"put what `stigmer completion {shell}` writes where {shell} reads it"
