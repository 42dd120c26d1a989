"""A project whose program writes its manifests as the original's SDK does, run by the installed command."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.support.world import World

# In place of an SDK: what it writes into the directory that it is given, and nothing of ours.
WRITER = """
import json, os, pathlib
from google.protobuf.json_format import ParseDict
from stigmer_api.workflow_pb2 import Workflow

KIND = "WORKFLOW_TASK_KIND_"


def task(name, kind, config, **more):
    return {{"name": name, "kind": KIND + kind, "task_config": config, **more}}


def nested(name, kind, config):
    return {{"name": name, "kind": KIND + kind, "taskConfig": config}}


get = nested("get", "HTTP_CALL", {{"method": "GET", "endpoint": {{"uri": "{address}/gone"}}}})
caught = nested("caught", "SET", {{"variables": {{"http": '${{ .error.type == "CallHTTP error" }}'}}}})
stop = nested("stop", "RAISE", {{"error": "Mine"}})
note = nested("note", "SET", {{"variables": {{"why": "${{.problem.type}}"}}}})
again = nested("again", "TRY", {{"try": [stop], "catch": {{"as": "problem", "do": [note]}}}})
TASKS = [
    task("start", "SET", {{"variables": {{"price": "costs ${{ 5", "n": "1"}}}}),
    get,  # the SDK lists it here, too
    task("guard", "TRY", {{"try": [get], "catch": {{"as": "error", "do": [caught]}}}}),
    task("both", "FORK", {{"branches": [
        {{"name": "a", "do": [nested("one", "SET", {{"variables": {{"v": "A"}}}})]}},
        {{"name": "b", "do": [again]}},
    ]}}),
    task("end", "SET", {{"variables": {{
        "start": '${{ $context["start"].n }}',
        "http": '${{ $context["guard"].http }}',
        "a": '${{ $context["both"].branches.a.v }}',
        "b": "${{.both.branches.b.why}}",
        "price": '${{ $context["start"].price }}',
        "left": "alone ${{ 5",
    }}}}),
]
flow = ParseDict(
    {{
        "api_version": "agentic.stigmer.ai/v1",
        "kind": "Workflow",
        "metadata": {{"name": "theirs", "slug": "theirs", "owner_scope": "organization"}},
        "spec": {{
            "document": {{"dsl": "1.0.0", "namespace": "demo", "name": "theirs", "version": "0.1.0"}},
            "env_spec": {{"data": {{"API_KEY": {{"is_secret": True}}}}}},
            "tasks": TASKS,
        }},
    }},
    Workflow(),
)
out = pathlib.Path(os.environ["STIGMER_OUT_DIR"])
(out / "workflow-0.pb").write_bytes(flow.SerializeToString())
(out / "dependencies.json").write_text("{{}}")
"""


class Gone(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_error(404)

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def web() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Gone) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_what_their_sdk_writes_runs_here(world: World) -> None:
    with web() as address:
        project = world.project(WRITER.format(address=address))
        done = world.run("run", "-o", "quiet", cwd=project)
        shown = world.run("run", cwd=project)
    assert done.code == 0, done.text
    assert "Warning: no value for API_KEY: what uses it will fail" in shown.err
    assert json.loads(done.out) == {
        "start": "1",
        "http": True,
        "a": "A",
        "b": "Mine",
        "price": "costs ${ 5",
        "left": "alone ${ 5",
    }
