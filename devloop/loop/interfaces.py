"""What the loop needs of others: files that change, and a screen."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Protocol

from devloop.changes.bounds import Note
from devloop.changes.explain import Explanation, Explanations
from devloop.changes.fingerprint import Change, Fingerprint
from devloop.changes.place import PlaceBack, PlaceGone
from devloop.changes.settings import ChangeSettings
from devloop.loop.events import LoopEvent
from runcmd.deploy import Deployed
from runcmd.events import Emit, Event
from runcmd.hot_turns import Comparison, Repetition
from runcmd.request import RunRequest
from runcmd.resolve import Candidate
from runcmd.target import Choose


class ChangeSource(Protocol):
    """What is on disk, and each change of it. It has one consumer."""

    @property
    def undisturbed(self) -> bool:
        """Nothing happened during the first scan; false if nobody can say."""

    @property
    def gone(self) -> bool:
        """Is the project's directory missing? Then no change comes until it is back."""

    def go_on_from(self, files: Fingerprint) -> None:
        """It was gone when this was opened: these are the files to compare with when it is back."""

    @property
    def current(self) -> Fingerprint:
        """The files as of the last change: what a run that starts now is about to deploy."""

    @property
    def files(self) -> int:
        """How many count."""

    @property
    def watcher(self) -> str:
        """Who watches."""

    @property
    def explanations(self) -> Iterable[Explanation]:
        """Why what was seen lately did not count."""

    def ignores(self, path: str) -> bool:
        """Does a rule leave this file out?"""

    async def next(self) -> Change:
        """The next change."""

    async def settled(self) -> Change:
        """What has changed once nothing is unsettled; mostly nothing, at once."""

    async def scan_now(self) -> Change:
        """What has changed until this moment."""


class OpenChanges(Protocol):
    """Watches a project; see `devloop.changes.stream.open_changes`."""

    def __call__(
        self,
        root: Path,
        settings: ChangeSettings,
        *,
        extra: Iterable[Path] = (),
        on_first_scan: Callable[[], object] | None = None,
        on_early_change: Callable[[Fingerprint], None] | None = None,
        on_note: Callable[[Note], None] = ...,
        on_place: Callable[[PlaceGone | PlaceBack], None] = ...,
        explanations: Explanations | None = None,
    ) -> AbstractAsyncContextManager[ChangeSource]: ...


class Turns(Protocol):
    """The turns of a conversation, one of which is to be asked, or asked again."""

    @property
    def pending(self) -> bool:
        """Somebody said something that was not asked yet."""

    @property
    def waiting(self) -> bool:
        """There is something to ask, or to ask again."""

    async def find(
        self, request: RunRequest, deployed: Deployed, choose: Choose | None, emit: Emit
    ) -> Candidate:
        """Who is asked. Raises RunError."""

    async def next(self, request: RunRequest, deployed: Deployed) -> Repetition | None:
        """Decides what is asked now, when no other turn is under way. Raises RunError.

        Returns what is asked again; None: it is asked for the first time.
        """

    def asks(self, request: RunRequest) -> RunRequest:
        """With the message and the session of the turn that was decided for."""

    def heard(self, event: Event) -> Comparison | None:
        """An event of the turn; after the last one, how its answer compares with the one before."""


class Screen(Protocol):
    """Where the loop and its runs are shown."""

    def show(self, generation: int, event: Event, target: str = "") -> None:
        """An event of a run of that target; without one, of what a generation has in common."""

    def emit(self, event: LoopEvent) -> None: ...

    def hide(self, values: Collection[str]) -> None:
        """These are never shown from now on."""

    def masked(self, value: Any) -> Any:
        """Texts, and lists and objects of them, without any value that is never shown."""
