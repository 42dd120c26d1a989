"""What was typed so far, as the shell hands it over: whole words, and one that is not finished."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping

from runcmd.frozen import Frozen

BETWEEN = "\x1f"  # the words of shells that split the line themselves
CUT_OFF = ":="  # signs at which bash begins a new word


class Typed(Frozen):
    """A command line up to the cursor."""

    words: tuple[str, ...]  # after the command
    unfinished: str
    cut: int = 0  # so many characters of the unfinished word the shell keeps by itself


def typed_of(environ: Mapping[str, str] = os.environ) -> Typed:
    """What a script of ours put into the environment."""
    if (line := environ.get("_STIGMER_LINE")) is not None:
        words = split(line)
        breaks = [each for each in CUT_OFF if each in environ.get("_STIGMER_BREAKS", CUT_OFF)]
        last = words[-1]
        cut = max((last.rfind(each) + 1 for each in breaks), default=0)
        return Typed(words=tuple(words[1:-1]), unfinished=last, cut=cut)
    raw = environ.get("_STIGMER_WORDS", "").split(BETWEEN)
    words = [_unquoted(each) for each in raw]
    return Typed(words=tuple(words[1:-1]), unfinished=words[-1] if len(words) > 1 else "")


def split(line: str) -> list[str]:
    """Its words, the last of which is unfinished, perhaps empty, and may lack its closing quote."""
    for ending in ("", '"', "'"):
        lexer = shlex.shlex(line + ending, posix=True)
        lexer.whitespace_split = True
        lexer.commenters = ""
        try:
            words = list(lexer)
        except ValueError:
            continue
        return [*words, ""] if not ending and line[-1:].isspace() else (words or [""])
    return [*line.split(), ""]


def _unquoted(word: str) -> str:
    """As zsh has it: with the quotes that were typed."""
    try:
        return "".join(split(word)) if set(word) & set("\\'\"") else word
    except ValueError:
        return word
