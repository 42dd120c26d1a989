"""What do agents cost beside bare pydantic-ai, and how soon is a token on the screen?

A provider on loopback answers both in turns: the time until the request arrives, each further turn, 5 MB of
text, and the way of each token to a line of `stigmer run -o json`.

python benchmarks/agents.py
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from measure import percentile, table

from tests.stigmerd.agents.stage import Stage, agent
from tests.support.world import STIGMER, new_world

ROUNDS = 15
BIG_ROUNDS = 3
BIG_BYTES = 5_000_000
PIECE_BYTES = 500
TOKENS = 150
CALLS = 10
PAUSE = 0.02  # seconds between two tokens
PROGRAM = """
from stigmer import Agent

Agent("talker", "You talk and talk and talk.")
"""


@dataclass
class Provider:
    """Answers chat completions in pieces, and notes when."""

    pieces: list[str] = field(default_factory=lambda: ["Hello."])
    pause: float = 0
    calls: int = 0  # so many answers of a run call a tool before the last one
    url: str = ""
    asked: list[float] = field(default_factory=list)  # when requests arrived
    said: list[float] = field(default_factory=list)  # when the pieces of the newest answer were sent

    @property
    def env(self) -> dict[str, str]:
        return {
            "STIGMER_LLM_PROVIDER": "openai",
            "STIGMER_LLM_BASE_URL": f"{self.url}/v1",
            "STIGMER_LLM_MODEL": "tiny",
            "STIGMER_LLM_API_KEY": "k",
        }


@contextmanager
def provider() -> Iterator[Provider]:
    made = Provider()

    class Here(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else each further turn waits 40 ms for a packet

        def do_POST(self) -> None:
            made.asked.append(time.time())
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            made.said = []
            said = json.loads(body)["messages"]
            if sum(message["role"] == "tool" for message in said) < made.calls:
                call = {"name": "write_todos", "arguments": '{"todos": []}'}
                known = {"index": 0, "id": f"c{len(made.asked)}", "type": "function", "function": call}
                self._event({"delta": {"tool_calls": [known]}, "finish_reason": None})
                return self._end("tool_calls")
            for piece in made.pieces:
                made.said.append(time.time())
                self._event({"delta": {"role": "assistant", "content": piece}, "finish_reason": None})
                if made.pause:
                    time.sleep(made.pause)
            return self._end("stop")

        def _end(self, reason: str) -> None:
            self._event({"delta": {}, "finish_reason": reason})
            self._send(b"data: [DONE]\n\n")
            self._send(b"")

        def _event(self, choice: dict[str, Any]) -> None:
            body = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "tiny"}
            body["choices"] = [{"index": 0, **choice}]
            self._send(f"data: {json.dumps(body)}\n\n".encode())

        def _send(self, data: bytes) -> None:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            self.wfile.flush()

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Here)
    server.daemon_threads = True
    made.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield made
    server.shutdown()


async def beside_bare(there: Provider) -> None:
    from pydantic_ai import Agent
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider

    model = OpenAIChatModel("tiny", provider=OpenAIProvider(base_url=f"{there.url}/v1", api_key="k"))
    bare = Agent(model, instructions="You can add.")

    @bare.tool_plain
    def write_todos(todos: list[str]) -> str:
        return f"{len(todos)} written"

    mine = agent()
    mine.metadata.annotations["devloop.stigmer.ai/tools"] = "todos"

    async def alone() -> float:
        began = time.time()
        async with bare.run_stream("hello") as stream:
            async for _ in stream.stream_text(delta=True):
                pass
        return began

    with tempfile.TemporaryDirectory(prefix="st", dir="/tmp") as home:
        stage = Stage(Path(home), {})

        async def ours() -> float:
            began = time.time()
            done = await stage.run(mine, env=there.env)
            assert done.status.error == "", done.status.error
            return began

        medians: dict[str, list[float]] = {"pydantic-ai": [], "stigmer": []}
        for what, pieces, calls, rounds in (
            ("a turn of one word", ["Hello."], 0, ROUNDS),
            (f"{CALLS} calls before it", ["Hello."], CALLS, ROUNDS),
            ("5 MB of text", ["x" * PIECE_BYTES] * (BIG_BYTES // PIECE_BYTES), 0, BIG_ROUNDS),
        ):
            there.pieces, there.calls = pieces, calls
            asked: dict[str, list[float]] = {"pydantic-ai": [], "stigmer": []}
            whole: dict[str, list[float]] = {"pydantic-ai": [], "stigmer": []}
            for number in range(rounds + 1):
                for name, turn in (("pydantic-ai", alone), ("stigmer", ours)):
                    began = await turn()
                    ended = time.time()
                    if number:
                        asked[name].append(1000 * (there.asked[-1] - began))
                        whole[name].append(1000 * (ended - began))
            for name, times in whole.items():
                medians[name].append(statistics.median(times))
            if len(pieces) == 1 and not calls:
                print("from the start to the request at the provider (goal: at most 10 ms more):")
                table(asked, "pydantic-ai")
                more = statistics.median(asked["stigmer"]) - statistics.median(asked["pydantic-ai"])
                print(f"more: {more:.1f} ms\n")
            print(f"{what}{' (goal: at most 1.5 x)' if len(pieces) > 1 else ''}:")
            table(whole, "pydantic-ai")
            if calls:
                each = {name: (most - one) / calls for name, (one, most) in medians.items()}
                ratio = each["stigmer"] / each["pydantic-ai"]
                print(f"each further turn: {each['stigmer']:.1f} ms, {ratio:.2f} x (goal: at most 1.1)")
            print()
        await stage.host.aclose()


def to_the_screen(there: Provider) -> None:
    """Each token: from the moment when it is sent to the line of the event that has it."""
    there.pieces, there.pause = [f"w{number:04d} " for number in range(TOKENS)], PAUSE
    with new_world() as world:
        project = world.project(PROGRAM)
        late: list[float] = []
        for number in range(3):
            run = subprocess.Popen(
                [STIGMER, "run", "talker", "-o", "json"],
                cwd=project,
                env=world.environ | there.env,
                stdout=subprocess.PIPE,
                stdin=subprocess.DEVNULL,
                text=True,
            )
            assert run.stdout is not None, "it is piped"
            heard: dict[str, float] = {}
            for line in run.stdout:
                now = time.time()
                for word in line.replace('"', " ").replace("\\n", " ").split():
                    if word[0] == "w" and word[1:].isdigit():
                        heard.setdefault(word, now)
            run.wait()
            if number:
                sent = {piece.strip(): at for piece, at in zip(there.pieces, there.said, strict=True)}
                late += [1000 * (heard[word] - at) for word, at in sent.items()]
    median, most = statistics.median(late), percentile(late, 95)
    print(f"a token on the screen after: p50 {median:.0f} ms (goal: 40), p95 {most:.0f} ms")


def main() -> None:
    with provider() as there:
        asyncio.run(beside_bare(there))
        to_the_screen(there)


if __name__ == "__main__":
    main()
