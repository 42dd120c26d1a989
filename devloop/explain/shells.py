"""E017: completion in a shell."""

from __future__ import annotations

from devloop.explain.page import ErrorPage

PAGES = (
    ErrorPage(
        "E0170",
        "Completion cannot be installed or shown for this shell",
        "There is completion for bash, zsh and fish. The shell could not be recognised, is another one, or "
        "the file that it reads cannot be written.",
        "Name the shell, and put the script where it reads it: stigmer completion bash.",
        """$ stigmer --install-completion
Error: there is no completion for the shell tcsh""",
    ),
)
