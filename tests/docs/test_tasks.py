"""Every kind of task has an example on docs/tasks.md, and each runs as it is shown."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from concurrent import futures
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import grpc
import pytest
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from stigmer_api.apiresource_pb2 import WorkflowTaskKind
from tests.support.pages import Shown, Step, Written, missing, sections
from tests.support.paths import ROOT
from tests.support.world import World

PAGE = (ROOT / "docs" / "tasks.md").read_text("utf-8")
SECTIONS = dict(sections(PAGE))
KINDS = [name.removeprefix("WORKFLOW_TASK_KIND_") for name in WorkflowTaskKind.keys()[1:]]
EXECUTION = re.compile(r"\bwex-\w{26}\b")
KEY = "only-for-the-weather"


class Weather(BaseHTTPRequestHandler):
    """Knows one city, and one key."""

    def do_GET(self) -> None:
        city = parse_qs(urlsplit(self.path).query)["city"][0]
        allowed = self.headers["Authorization"] == f"Bearer {KEY}"
        body = json.dumps({"city": city, "degrees": 7}).encode()
        self.send_response(200 if allowed else 401)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def weather() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Weather) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def health_server() -> Iterator[str]:
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=2))
    health_pb2_grpc.add_HealthServicer_to_server(health.HealthServicer(), server)
    name = health_pb2.DESCRIPTOR.services_by_name["Health"].full_name
    reflection.enable_server_reflection((name, reflection.SERVICE_NAME), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop(None).wait()


def test_every_kind_has_a_section() -> None:
    assert len(KINDS) == 13
    assert {title for title in SECTIONS if title} == set(KINDS)
    for kind in KINDS:
        assert any(isinstance(step, Written) for step in SECTIONS[kind]), kind
        assert f"\n| `{kind}` |" in PAGE


@pytest.mark.parametrize("kind", KINDS)
def test_an_example_does_what_is_shown(shared: World, kind: str, weather: str, health_server: str) -> None:
    here = project(shared, kind, {"https://weather.example": weather, "localhost:50051": health_server})
    shown = [step for step in SECTIONS[kind] if isinstance(step, Shown)]
    assert shown
    execution = ""
    for each in shown:
        program, *arguments = shlex.split(EXECUTION.sub(execution, each.command))
        assert program == "stigmer"
        done = shared.run(*arguments, cwd=here, env={"WEATHER_KEY": KEY})
        assert missing(done.text, each.lines) == [], done.text
        if started := EXECUTION.search(done.text):
            execution = started[0]


def project(world: World, kind: str, replaced: dict[str, str]) -> Path:
    here = world.project("", name=f"demo-{kind.lower().replace('_', '-')}")
    for file in written(SECTIONS[kind]):
        text = file.text
        for old, new in replaced.items():
            text = text.replace(old, new)
        (here / file.name).write_text(text, "utf-8")
    return here


def written(steps: list[Step]) -> list[Written]:
    return [step for step in steps if isinstance(step, Written)]
