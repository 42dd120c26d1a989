"""Requests of every kind to every method of a real daemon: honest answers, and nothing else happens."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import randrange
from typing import Any

import grpc
import grpc.aio
from google.protobuf.message_factory import GetMessageClass

from stigmer_api.agentexecution_pb2 import ListAgentExecutionsRequest
from stigmer_api.devloop_pb2 import CancelRequest, DescribeRequest
from stigmer_api.workflowexecution_pb2 import ListWorkflowExecutionsRequest
from tests.attacks.raw import address_of, log_of
from tests.fuzz.requests import Known, Request, Requests
from tests.fuzz.values import LOCAL_URLS
from tests.support.api import Api, agent, workflow, workflow_execution
from tests.support.poll import until
from tests.support.tasks import task, wait_task
from tests.support.world import World, new_world

REQUESTS = 10_000  # in the suite
MANY_REQUESTS = 100_000  # else
AT_ONCE = 24
WARM = 0.3  # the share after which the memory is measured for the first time
CALL_SECONDS = 60.0
LISTENED_SECONDS = 0.2  # to a stream that has no end
HASTY = 47  # each of so many requests is given up at once
GROWTH = 0.2
NOT_OURS = (grpc.StatusCode.UNKNOWN, grpc.StatusCode.INTERNAL, grpc.StatusCode.DATA_LOSS)
BUGS = ("internal error", "a bug", "Error:")  # in what an execution says about its end
PAGE = 50
CANARY = "canary"


@dataclass(kw_only=True)
class Result:
    """How it went."""

    seed: int
    codes: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)  # MB of the daemon: warm, at the end, at rest
    seconds: float = 0

    def __str__(self) -> str:
        counted = ", ".join(f"{code} {count:,}" for code, count in self.codes.most_common())
        memory = " → ".join(f"{each:.0f}" for each in self.memory)
        return (
            f"seed {self.seed}: {self.codes.total():,} requests in {self.seconds:.0f} s: {counted}; "
            f"daemon {memory} MB (warm, at the end, at rest); {len(self.faults)} faults"
        )


class Fuzz:
    """One run against one daemon."""

    def __init__(self, world: World, requests: int, seed: int) -> None:
        self.result = Result(seed=seed)
        self._world = world
        self._count = requests
        self._known = Known()
        canary = world.dir / CANARY
        canary.mkdir()
        (canary / "kept").write_text("kept")
        self._requests = Requests(seed, self._known, str(canary))
        self._address = address_of(world)
        self._pid = world.daemon_pid()
        self._before = outside(world)

    async def run(self) -> Result:
        began = time.monotonic()
        async with self._api() as api:
            await self._settle_in(api)
        numbers = iter(range(self._count))
        warm = int(self._count * WARM)
        await self._turn(numbers, warm)
        await self._rest()
        self._measure()
        await self._turn(numbers, self._count)
        self._measure()
        await self._rest()
        self._measure()
        await self._look()
        self.result.seconds = time.monotonic() - began
        return self.result

    async def _settle_in(self, api: Api) -> None:
        """One of the important things, and an execution that never ends: so the backend is never idle."""
        await self._use_all(api)
        made = await api.workflow.apply(workflow("Rests", wait_task()))
        kept = await api.workflow_execution.create(workflow_execution(made.metadata.id))
        self._known.hidden |= {kept.metadata.id, made.metadata.id}
        for each in (await api.workflow.apply(workflow("Greets")), await api.agent.apply(agent("Talks"))):
            self._known.learn(each)

    async def _use_all(self, api: Api) -> None:
        """What is loaded when it is first used shall be loaded when the memory is measured."""
        talks = await api.agent.apply(agent("Warms"))
        http = {"method": "GET", "endpoint": {"uri": LOCAL_URLS[0]}, "timeout_seconds": 1}
        grpc_call = {"service": "127.0.0.1:9/a.Service", "method": "get"}
        called = {"agent": talks.metadata.slug, "message": "hello"}

        async def start(kind: str, config: dict[str, Any]) -> str:
            made = await api.workflow.apply(workflow(f"Warms {kind}", task("warm", kind, config)))
            return (await api.workflow_execution.create(workflow_execution(made.metadata.id))).metadata.id

        # These try again and again, until all shall rest.
        await start("HTTP_CALL", http)
        await start("GRPC_CALL", grpc_call)
        await api.follow(await start("AGENT_CALL", called))

    async def _turn(self, numbers: Any, until: int) -> None:
        async def work() -> None:
            async with grpc.aio.insecure_channel(
                self._address, options=[("grpc.use_local_subchannel_pool", 1)]
            ) as channel:
                for number in numbers:
                    await self._ask(channel, self._requests.make(number))
                    if number + AT_ONCE >= until:
                        return

        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(work())

    async def _ask(self, channel: grpc.aio.Channel, request: Request) -> None:
        try:
            code, text, reply = await answer_to(channel, request)
        except Exception as error:
            code, text, reply = f"{type(error).__name__}", str(error), None
        self.result.codes[code] += 1
        if code in {bad.name for bad in NOT_OURS} or code not in grpc.StatusCode.__members__:
            self._fault(f"{code} {text}", request)
        elif code == "DEADLINE_EXCEEDED" and "try again" not in text:
            self._fault(f"no answer within {CALL_SECONDS:g} s", request)
        elif reply and request.method is not None:
            self._learn(request, reply)

    def _learn(self, request: Request, reply: bytes) -> None:
        assert request.method is not None
        try:
            message: Any = GetMessageClass(request.method.output_type).FromString(reply)
        except Exception as error:
            self._fault(f"the answer cannot be read: {error}", request)
            return
        if "metadata" in message.DESCRIPTOR.fields_by_name:
            (self._known.forget if request.method.name == "delete" else self._known.learn)(message)

    def _fault(self, what: str, request: Request) -> None:
        self.result.faults.append(f"{what}\n{request}")

    async def _rest(self) -> None:
        """Ends what runs, but for the one that keeps the backend awake."""
        async with self._api() as api:
            kept = self._known.hidden
            for family, listing in (
                (api.workflow_execution, ListWorkflowExecutionsRequest),
                (api.agent_execution, ListAgentExecutionsRequest),
            ):
                for phase in (1, 2):
                    while True:
                        found = await family.list(listing(phase=phase, page_size=50))
                        ids = [each.metadata.id for each in found.entries if each.metadata.id not in kept]
                        if not ids:
                            break
                        await asyncio.gather(
                            *(
                                api.control.cancel(CancelRequest(execution_id=id_, wait_seconds=5))
                                for id_ in ids
                            )
                        )

            async def at_rest() -> bool:
                return bool((await api.daemon.describe(DescribeRequest())).live_executions <= 1)

            try:
                await until(at_rest)
            except AssertionError:
                self.result.faults.append("what has ended is still at work")

    def _measure(self) -> None:
        gc.collect()
        self.result.memory.append(memory_mb(self._pid))

    async def _look(self) -> None:
        """What must be true whatever was sent."""
        result = self.result
        async with self._api() as api:
            await api.daemon.describe(DescribeRequest(), timeout=CALL_SECONDS)
            for execution in [each async for each in self._executions(api)]:
                if any(word in execution.status.error for word in BUGS):
                    result.faults.append(f"{execution.metadata.id} ended so: {execution.status.error}")
        if self._world.daemon_pid() != self._pid:
            result.faults.append("the daemon is another one")
        log = log_of(self._world)
        if any(word in log for word in ("Traceback", " ERROR ", " CRITICAL ")):
            result.faults.append("the log tells of errors:\n" + log[-6000:])
        if (now := outside(self._world)) != self._before:
            result.faults.append(f"outside of the data directory: {sorted(now ^ self._before)}")
        warm, _, rest = result.memory
        if rest > warm * (1 + GROWTH):
            result.faults.append(
                f"the daemon had {warm:.0f} MB when it was warm and has {rest:.0f} MB at rest"
            )

    async def _executions(self, api: Api) -> AsyncIterator[Any]:
        for family, listing in (
            (api.workflow_execution, ListWorkflowExecutionsRequest),
            (api.agent_execution, ListAgentExecutionsRequest),
        ):
            page, pages = 1, 1
            while page <= pages:
                found = await family.list(listing(page_size=PAGE, page_token=str(page)))
                for each in found.entries:
                    yield each
                page, pages = page + 1, found.total_pages

    @asynccontextmanager
    async def _api(self) -> AsyncIterator[Api]:
        async with grpc.aio.insecure_channel(self._address) as channel:
            yield Api(channel)


async def answer_to(channel: grpc.aio.Channel, request: Request) -> tuple[str, str, bytes | None]:
    """The code, its text, and the first message."""
    method = request.method
    options: dict[str, Any] = {"timeout": CALL_SECONDS, "metadata": list(request.metadata)}
    try:
        if request.number % HASTY == 0 and request.messages:
            hasty = channel.unary_unary(request.path)(request.messages[0], **options)
            await asyncio.sleep(0)
            hasty.cancel()
            return "OK", "", None
        if method is None or not method.server_streaming:
            return "OK", "", await channel.unary_unary(request.path)(request.messages[0], **options)
        if method.client_streaming:
            return await talk(channel.stream_stream(request.path)(**options), request.messages)
        return await first(channel.unary_stream(request.path)(request.messages[0], **options))
    except grpc.aio.AioRpcError as error:
        return error.code().name, error.details() or "", None


async def first(call: Any) -> tuple[str, str, bytes | None]:
    try:
        reply = await asyncio.wait_for(call.read(), LISTENED_SECONDS)
        return "OK", "", reply if isinstance(reply, bytes) else None
    except TimeoutError:
        return "OK", "", None  # listens
    finally:
        call.cancel()


async def talk(call: Any, messages: Sequence[bytes]) -> tuple[str, str, bytes | None]:
    """One after the other: what is sent after a refusal fails in our own library."""
    reply = None
    for message in messages:
        await call.write(message)
        reply = await call.read()
        if not isinstance(reply, bytes):
            break
    else:
        await call.done_writing()
    return (await call.code()).name, await call.details() or "", reply if isinstance(reply, bytes) else None


def outside(world: World) -> frozenset[tuple[str, int]]:
    """All files that the daemon has no business with: names and sizes."""
    found = {(name, 0) for name in map(str, Path("/").iterdir())}
    for path in world.dir.rglob("*"):
        if not path.is_relative_to(world.data):
            found.add((str(path), path.stat().st_size if path.is_file() else 0))
    return frozenset(found)


def memory_mb(pid: int | None) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024


def fuzz(requests: int, seed: int) -> Result:
    with new_world() as world:
        world.extra["STIGMER_LLM_PROVIDER"] = "scripted"
        return asyncio.run(Fuzz(world, requests, seed).run())


def main() -> None:
    requests = int(os.environ.get("FUZZ_REQUESTS") or MANY_REQUESTS)
    seed = int(os.environ.get("FUZZ_SEED") or randrange(10**6))
    print(f"{requests:,} requests with the seed {seed} (FUZZ_REQUESTS, FUZZ_SEED)", flush=True)
    result = fuzz(requests, seed)
    for fault in result.faults[:20]:
        print(f"\n{fault}")
    print(result)
    sys.exit(bool(result.faults))


if __name__ == "__main__":
    main()
