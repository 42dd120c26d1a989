"""What a shell is told: values with a word about each, or that files or directories are meant."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from devloop.cli.completing.words import Typed
from devloop.terminal.cells import cut
from devloop.terminal.visible import visible
from runcmd.frozen import Frozen

MOST_ABOUT = 60  # columns


class Meant(Enum):
    """What is completed, and who does it."""

    VALUES = "values"
    OPEN = "open"  # values after which more of the word may come: no space
    FILES = "files"
    DIRECTORIES = "directories"


class Value(Frozen):
    """One thing that can be typed."""

    text: str
    about: str = ""


class Completion(Frozen):
    """All that can be typed here."""

    meant: Meant = Meant.VALUES
    before: str = ""  # the beginning of the word, which is no part of a value: `--output=`
    values: tuple[Value, ...] = ()


NOTHING = Completion()
FILES = Completion(meant=Meant.FILES)
DIRECTORIES = Completion(meant=Meant.DIRECTORIES)


def values(items: Iterable[tuple[str, str]]) -> Completion:
    """Of pairs: what can be typed, and a word about it."""
    return Completion(values=tuple(Value(text=text, about=about) for text, about in items))


def written(answer: Completion, shell: str, typed: Typed) -> str:
    """As the script of this shell reads it, one line each."""
    lines = [answer.meant.value]
    for each in answer.values:
        text = each.text
        about = cut(visible(" ".join(each.about.split())), MOST_ABOUT)
        if shell == "zsh":
            text = text.replace("\\", "\\\\").replace(":", "\\:")
            lines.append(f"{text}:{about}" if about else text)
        elif shell == "fish":
            lines.append(f"{text}\t{about}" if about else text)
        else:
            lines.append(f"{answer.before}{each.text}"[typed.cut :])
    return "".join(f"{line}\n" for line in lines)
