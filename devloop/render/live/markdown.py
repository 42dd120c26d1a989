"""What a model says, as Markdown on a terminal: only text and styles of ours reach it."""

from __future__ import annotations

import io
from collections.abc import Iterable

from markdown_it import MarkdownIt
from markdown_it.token import Token
from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import CodeBlock, Heading, Markdown
from rich.padding import Padding
from rich.syntax import Syntax
from rich.theme import Theme

from devloop.terminal.visible import harmless

MOST_CHARACTERS = 20_000  # a longer piece is shown as it is: to lay it out takes too long
WIDEST = 120  # columns: longer lines are hard to read
THEME = Theme(
    {
        "markdown.code": "cyan",
        "markdown.code_block": "default",
        "markdown.h1": "bold",
        "markdown.h2": "bold",
        "markdown.h3": "bold",
        "markdown.h4": "bold",
        "markdown.link_url": "underline",
        "markdown.table.border": "dim",
        "markdown.table.header": "bold",
    }
)
# Without HTML, which is shown as it was written.
PARSER = MarkdownIt("commonmark", {"html": False}).enable(["strikethrough", "table"])


class _Heading(Heading):
    """On the left, as all the rest."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        self.text.justify = "left"
        yield self.text


class _CodeBlock(CodeBlock):
    """In the terminal's own colours, with no lines around it that nobody wrote."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        code = str(self.text).rstrip("\n")
        yield Padding(Syntax(code, self.lexer_name, theme=self.theme, word_wrap=True), (0, 0, 0, 2))


class _Markdown(Markdown):
    elements = Markdown.elements | {
        "heading_open": _Heading,
        "fence": _CodeBlock,
        "code_block": _CodeBlock,
    }


def rendered(text: str, columns: int, *, colour: bool) -> str:
    """The text as lines for a terminal that is so wide."""
    if len(text) > MOST_CHARACTERS:
        return harmless(text).strip("\n")
    markdown = _Markdown("", code_theme="ansi_dark", hyperlinks=False)
    markdown.parsed = PARSER.parse(text)
    _make_safe(markdown.parsed)
    console = Console(
        file=io.StringIO(),
        force_terminal=True,
        color_system="standard" if colour else None,
        width=max(10, min(columns - 1, WIDEST)),
        theme=THEME,
        legacy_windows=False,
    )
    with console.capture() as shown:
        console.print(markdown)
    return "\n".join(line.rstrip() for line in shown.get().strip("\n").split("\n"))


def _make_safe(tokens: Iterable[Token]) -> None:
    """Without controls, which may have been written as entities; each line of the text is a line."""
    for token in tokens:
        token.content = harmless(token.content)
        token.info = harmless(token.info)
        token.attrs = {
            name: harmless(value) if isinstance(value, str) else value for name, value in token.attrs.items()
        }
        if token.type == "softbreak":
            token.type = "hardbreak"
        _make_safe(token.children or ())
