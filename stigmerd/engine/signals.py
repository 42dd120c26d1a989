"""The signals of one execution: who waits for which, and who takes them."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from typing import Literal

from stigmerd.engine.effect_journal import EffectJournal
from stigmerd.executions.log import Executions
from stigmerd.executions.signals import WaitingSignal
from stigmerd.executions.waiting import waiting
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
        told: dict[str, ExitStack] = {}
        try:
            while True:
                for signal in awaited:
                    if signal in received:
                        continue
                    payload = await self._take(f"{key}#{signal}", signal)
                    if payload is not MISSING:
                        received[signal] = payload
                        told.pop(signal, ExitStack()).close()
                        if not every:
                            return received
                if len(received) == len(awaited):
                    return received
                for signal in set(awaited) - received.keys() - told.keys():
                    told[signal] = ExitStack()
                    told[signal].enter_context(self._waiting(key, signal))
                await self._mailbox.arrival()
        finally:
            for wait in told.values():
                wait.close()
            for signal in awaited:
                self._mailbox.awaited[signal] -= 1

    def _waiting(self, key: str, signal: str) -> AbstractContextManager[None]:
        return waiting(
            self._executions.notes,
            self._execution_id,
            key,
            f"signal {signal}",
            f"waiting for the signal {signal}",
            hint=f"stigmer executions signal {self._execution_id} {shlex.quote(signal)}",
        )

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
