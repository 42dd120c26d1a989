"""A text that grows: which of its beginning stands, and need not be drawn again?"""

from __future__ import annotations

KEPT_CHARACTERS, KEPT_LINES = 1500, 12  # a text of this size is shown whole when it is over
MOST_CHARACTERS = 16_000  # that are kept, even if no paragraph ends
FENCES = ("```", "~~~")


class GrowingText:
    """The end of a Markdown text; its beginning is given away at the ends of paragraphs."""

    def __init__(self) -> None:
        self.rest = ""

    def feed(self, more: str) -> str:
        """Adds to the text; returns so much of its beginning as will not change. Mostly nothing."""
        self.rest += more
        if len(self.rest) < KEPT_CHARACTERS and self.rest.count("\n") < KEPT_LINES:
            return ""
        end, fence = _last_end(self.rest)
        if end:
            done, self.rest = self.rest[:end], self.rest[end:]
            return done
        return self._cut(fence) if len(self.rest) > MOST_CHARACTERS else ""

    def _cut(self, fence: str) -> str:
        """In the middle of a paragraph or a block of code, which goes on as one."""
        end = max(self.rest.rfind("\n"), self.rest.rfind(" ")) + 1 or len(self.rest)
        if fence:
            end = self.rest.rfind("\n") + 1 or end
        done, self.rest = self.rest[:end], self.rest[end:]
        if fence:
            self.rest = f"{fence}\n{self.rest}"
            done += fence[:3]
        return done


def _last_end(text: str) -> tuple[int, str]:
    """Where the last whole paragraph ends, and how a block of code that is open at the end began."""
    end, at, fence = 0, 0, ""
    for line in text.splitlines(keepends=True):
        at += len(line)
        bare = line.strip()
        if bare.startswith(FENCES):
            fence = "" if fence and bare.startswith(fence[:3]) else fence or bare
        elif not bare and not fence and line.endswith("\n"):
            end = at
    return end, fence
