"""What people do to a file with variables."""

from __future__ import annotations

from collections.abc import Callable

from tests.soak.hand import SLOW_SECONDS, Hand
from tests.soak.variables import parsed

MOST = 5  # variables
FIRST = "FIRST=1\n"


class EnvEdits:
    """Each of its kinds, in one of the ways to save a file."""

    def __init__(self, hand: Hand) -> None:
        self._hand = hand
        self._kinds: list[Callable[[], str]] = [
            self._add,
            self._change,
            self._remove,
            self._comment,
            self._reverse,
            self._touch,
            self._rewrite,
            self._half,
            self._away,
        ]

    def perform(self) -> str:
        return self._hand.random.choice(self._kinds)()

    def _add(self) -> str:
        if len(self._lines()) >= MOST:
            return self._remove()
        number = self._hand.number()
        if self._hand.random.random() < 0.5:
            # Slowly: for a moment the name has no value, then half of it.
            self._hand.append(self._hand.env_file, [f"NAME{number}", f"=val{number}", "ue\n"])
            return f"NAME{number} added in pieces"
        self._save([*self._lines(), f"NAME{number}=value{number}"])
        return f"NAME{number} added"

    def _change(self) -> str:
        lines = self._lines()
        if not lines:
            return self._add()
        at = self._hand.random.randrange(len(lines))
        name = lines[at].partition("=")[0]
        lines[at] = f"{name}=other{self._hand.number()}"
        self._save(lines)
        return f"{name} changed"

    def _remove(self) -> str:
        lines = self._lines()
        if not lines:
            return self._add()
        gone = lines.pop(self._hand.random.randrange(len(lines)))
        self._save(lines)
        return f"{gone} removed"

    def _comment(self) -> str:
        self._save([f"# remark {self._hand.number()}", *self._lines()])
        return "a comment"

    def _reverse(self) -> str:
        self._save(self._lines()[::-1])
        return "in another order"

    def _touch(self) -> str:
        self._hand.step(self._hand.env_file.touch)
        return "touched"

    def _rewrite(self) -> str:
        self._hand.put(self._hand.env_file, self._hand.env_file.read_text())
        return "written again"

    def _half(self) -> str:
        """A name without a value stays for a while."""
        lines = self._lines()
        self._save([*lines, "UNFINISHED"])
        self._hand.pause(SLOW_SECONDS * 10)
        self._save(lines)
        return "a name without a value, and mended"

    def _away(self) -> str:
        """As editors do that keep the old one beside."""
        file = self._hand.env_file
        beside, text = file.with_name(file.name + "~"), file.read_text()
        self._hand.step(lambda: file.rename(beside))
        self._hand.pause(SLOW_SECONDS * 10)
        self._hand.put(file, text)
        beside.unlink()
        return "moved away and written anew"

    def _lines(self) -> list[str]:
        found = parsed(self._hand.env_file.read_text())
        assert found is not None, "it is mended before anything else is done"
        return [f"{name}={value}" for name, value in found.items()]

    def _save(self, lines: list[str]) -> None:
        file, text = self._hand.env_file, "".join(f"{line}\n" for line in lines)
        if self._hand.random.random() < 0.5:
            self._hand.put(file, text)
        else:
            self._hand.replace(file, file.with_name(file.name + "~"), text)
