"""The signals of one execution: who waits for which, and who takes them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Literal

from stigmerd.engine.effect_journal import EffectJournal
from stigmerd.executions.log import Executions
from stigmerd.executions.signals import WaitingSignal
from stigmerd.expressions.secret_tokens import SecretTokens
from stigmerd.process.offload import aside
from stigmerd.store.journal import MISSING, Missing
from stigmerd.store.json import Json, Written, long_dumps


class Mailbox:
    """How many tasks wait for each signal; it survives an attempt that the store broke off."""

    def __init__(self) -> None:
        self.awaited: dict[str, int] = {}
        self._arrival = asyncio.Event()

    def ring(self) -> None:
        self._arrival.set()
        self._arrival = asyncio.Event()

    async def arrival(self) -> None:
        await self._arrival.wait()


class SignalReceiver:
    """Takes signals out of the store into the journal."""

    def __init__(
        self,
        execution_id: str,
        executions: Executions,
        mailbox: Mailbox,
        journal: EffectJournal,
        tokens: SecretTokens,
    ) -> None:
        self._execution_id = execution_id
        self._executions = executions
        self._mailbox = mailbox
        self._journal = journal
        self._tokens = tokens

    async def receive(self, key: str, awaited: Sequence[str], *, every: bool) -> Json:
        """Payloads by id: of all of them, or of the first that comes."""
        received: dict[str, Json] = {}
        for signal in awaited:
            self._mailbox.awaited[signal] = self._mailbox.awaited.get(signal, 0) + 1
        try:
            while True:
                for signal in awaited:
                    if signal in received:
                        continue
                    payload = await self._take(f"{key}#{signal}", signal)
                    if payload is not MISSING:
                        received[signal] = payload
                        if not every:
                            return received
                if len(received) == len(awaited):
                    return received
                await self._mailbox.arrival()
        finally:
            for signal in awaited:
                self._mailbox.awaited[signal] -= 1

    async def _take(self, key: str, signal: str) -> Json | Literal[Missing.MISSING]:
        payload = self._journal.get(key)
        while payload is MISSING:
            waiting = self._executions.signals.oldest(self._execution_id, signal)
            if waiting is None:
                break
            mask = self._tokens.masking()
            found, written = await aside(len(waiting.text), _payload_of, waiting, mask)
            # In one step: a signal that is taken but not journalled would be lost by a crash.
            with self._executions.transaction():
                if self._executions.signals.drop(waiting):  # no other branch was quicker
                    self._journal.put(key, written)
                    payload = found
        return payload


def _payload_of(signal: WaitingSignal, mask: Callable[[Json], Json]) -> tuple[Json, Written]:
    payload = signal.payload()
    return payload, Written(long_dumps(mask(payload)))
