"""`stigmer doctor` finds what is wrong: each test makes one thing wrong, for real."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from devloop.cli.doctor.models import models
from tests.devloop.cli.doctor.doctor import AGENT, WORKFLOW, visit
from tests.support.world import World

NO_NAMESPACE = (
    "no user namespaces here"
    if shutil.which("unshare") is None
    or subprocess.run(["unshare", "-Ur", "true"], capture_output=True, check=False).returncode
    else ""
)
ASCII_ONLY = {"PYTHONIOENCODING": "ascii"}
SCRIPTED = {"STIGMER_LLM_PROVIDER": "scripted"}


def closed_port() -> socket.socket:
    """Bound, so that nobody else has it, and not listening."""
    closed = socket.socket()
    closed.bind(("127.0.0.1", 0))
    return closed


def test_nothing_is_in_the_way(world: World) -> None:
    done = world.run("doctor", cwd=world.sample())
    assert (done.code, done.err) == (0, "")
    for area in ("stigmer", "project", "backend", "models", "watch", "machine"):
        assert f"\n{area}\n" in f"\n{done.out}"
    assert "✓ main.py declares 2 agents, 1 workflow" in done.out
    assert world.daemon_pid() is None
    assert not (world.dir / ".stigmer").exists()


def test_a_problem_has_a_cause_and_a_next_step(world: World) -> None:
    done = world.run("doctor", cwd=world.project("import nothing_like_this\n"))
    assert done.code == 1
    assert "  ✗ main.py failed" in done.out or "nothing_like_this" in done.out
    assert "    → " in done.out
    assert "1 problem" in done.out


def test_without_a_project_there_are_warnings_only(world: World) -> None:
    found = visit(world)
    assert found.code == 0
    assert found.one("no Stigmer.yaml")["verdict"] == "warning"
    assert "stigmer new" in found.one("no Stigmer.yaml")["next"]


@pytest.mark.parametrize(
    ("yaml", "program", "code"),
    [
        ("name: x\nruntime: pyhton\n", WORKFLOW, "E0208"),
        ("name: x\nruntime: python\nmain: gone.py\n", WORKFLOW, "E0301"),
        ("name: x\nruntime: python\npython: /no/python\n", WORKFLOW, "E0219"),
        ("name: x\nruntime: python\nrun: {env_file: gone.env}\n", WORKFLOW, "E0112"),
        ("name: x\nruntime: python\n", "raise SystemExit(3)\n", "E0303"),
        ("name: x\nruntime: python\n", "x = 1\n", "E0306"),
    ],
)
def test_a_project_that_cannot_run(world: World, yaml: str, program: str, code: str) -> None:
    found = visit(world, world.project(program, yaml=yaml))
    assert found.code == 1
    problem = found.of("problem", "project")[0]
    assert problem["code"] == code
    assert problem["next"]


def test_a_project_that_others_can_change(world: World) -> None:
    project = world.project(WORKFLOW)
    project.chmod(0o777)
    found = visit(world, project)
    assert "--trust" in found.of("problem", "project")[0]["next"]
    assert visit(world, project, "--trust").code == 0


def test_secrets_that_everybody_can_read(world: World) -> None:
    project = world.project(WORKFLOW, yaml="name: x\nruntime: python\nrun: {env_file: .env}\n")
    (project / ".env").write_text("secret:KEY=very-secret\n")
    (project / ".env").chmod(0o644)
    found = visit(world, project)
    assert found.one("every user of this machine")["next"] == f"chmod 600 {project / '.env'}"
    assert "very-secret" not in found.text


def test_a_backend_that_does_not_answer(world: World) -> None:
    with closed_port() as closed:
        env = {"STIGMER_SERVER_ADDR": f"127.0.0.1:{closed.getsockname()[1]}"}
        found = visit(world, world.project(WORKFLOW), env=env)
    assert found.code == 1
    assert found.of("problem", "backend")[0]["code"] == "E0501"
    assert "chosen by STIGMER_SERVER_ADDR" in found.of("ok", "backend")[0]["text"]


def test_a_backend_that_answers(world: World) -> None:
    world.run("server", "start")
    found = visit(world, world.project(WORKFLOW))
    assert "answers at" in found.of("ok", "backend")[0]["text"]


def test_a_place_where_the_backend_cannot_be(world: World) -> None:
    (world.dir / "file").touch()
    found = visit(world, world.project(WORKFLOW), env={"STIGMER_DATA_DIR": str(world.dir / "file" / "d")})
    assert found.code == 1
    assert "STIGMER_DATA_DIR" in found.of("problem", "backend")[0]["next"]


def test_a_disk_that_is_nearly_full(world: World, small_disk: Path) -> None:
    found = visit(world, world.project(WORKFLOW), env={"STIGMER_DATA_DIR": str(small_disk / "data")})
    problem = found.of("problem", "backend")[0]
    assert "free" in problem["text"]
    assert "df -h" in problem["next"]


def configured(world: World, text: str, mode: int = 0o600) -> Path:
    directory = world.dir / ".stigmer"
    directory.mkdir(mode=0o700)
    file = directory / "config.yaml"
    file.write_text(text)
    file.chmod(mode)
    return file


def test_a_configuration_that_is_broken_is_said_once(world: World) -> None:
    configured(world, "backend: {tpye: local}\n")
    found = visit(world, world.project(AGENT))
    assert found.code == 1
    assert [each["code"] for each in found.of("problem")] == ["E0212"]
    assert 'did you mean "type"?' in found.of("problem")[0]["next"]


def test_keys_that_others_can_read(world: World) -> None:
    file = configured(world, "backend: {local: {llm: {api_key: very-secret}}}\n", 0o644)
    found = visit(world, world.project(WORKFLOW))
    assert found.of("warning", "backend")[0]["next"] == f"chmod 600 {file}"
    assert "very-secret" not in found.text
    file.chmod(0o600)
    assert not visit(world, world.project(WORKFLOW, name="other")).of("warning", "backend")


def test_no_model_is_configured(world: World) -> None:
    # Nobody listens there, whatever runs on this machine.
    found = visit(world, world.project(AGENT), env={"STIGMER_LLM_PROVIDER": "openai"})
    assert found.code == 1
    problem = found.of("problem", "models")[0]
    assert "needs an API key" in problem["text"]
    assert problem["code"] == "E0800"
    assert visit(world, world.project(AGENT, name="other"), env=SCRIPTED).code == 0


DECLARED = """
from stigmer import Agent, SubAgent

helper = SubAgent("helper", "You help, and say little.", model="mistral:small")
Agent("one", "You greet people.", model="openai:gpt-x", fallback=["groq:m"], sub_agents=[helper])
"""


def test_the_models_that_agents_declare(world: World) -> None:
    with closed_port() as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/v1"
        env = {"STIGMER_LLM_PROVIDER": "scripted", "OPENAI_BASE_URL": url, "OPENAI_API_KEY": "sk-very-secret"}
        found = visit(world, world.project(DECLARED), env=env)
    assert "openai, gpt-x, by OPENAI_API_KEY of the shell" in [
        each["text"] for each in found.of("ok", "models")
    ]
    problems = [each["text"] for each in found.of("problem", "models")]
    assert [text.partition(": the")[0] for text in problems] == ["groq:m", "mistral:small"]
    assert "very-secret" not in found.text


def test_a_model_that_cannot_be_reached(world: World) -> None:
    with closed_port() as closed:
        env = {
            "STIGMER_LLM_PROVIDER": "openai",
            "STIGMER_LLM_BASE_URL": f"http://127.0.0.1:{closed.getsockname()[1]}/v1?key=very-secret",
            "OPENAI_API_KEY": "sk-very-secret",
        }
        found = visit(world, world.project(AGENT), env=env)
    texts = [each["text"] for each in found.of("ok", "models")]
    assert texts[0] == "this shell has OPENAI_API_KEY"
    assert "by OPENAI_API_KEY of the shell" in texts[1]
    assert "cannot be reached: connection refused" in found.of("warning", "models")[0]["text"]
    assert "very-secret" not in found.text


def test_a_library_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    with closed_port() as closed:
        monkeypatch.setenv("STIGMER_LLM_PROVIDER", "openai")
        monkeypatch.setenv("STIGMER_LLM_BASE_URL", f"http://127.0.0.1:{closed.getsockname()[1]}")
        monkeypatch.setitem(sys.modules, "openai", None)
        texts = [(each.text, each.next) for each in models(None)]
    assert ("the library for openai is not installed", "pip install 'stigmer-devloop[openai]'") in texts


@pytest.mark.skipif(bool(NO_NAMESPACE), reason=NO_NAMESPACE)
@pytest.mark.parametrize(
    ("setting", "limit", "advice"),
    [
        ("max_inotify_watches", 3, "sudo sysctl fs.inotify.max_user_watches="),
        ("max_inotify_instances", 0, "sudo sysctl fs.inotify.max_user_instances="),
    ],
)
def test_limits_of_the_system(world: World, setting: str, limit: int, advice: str) -> None:
    project = world.project(WORKFLOW)
    for number in range(5):
        (project / f"d{number}").mkdir()
    script = f'echo {limit} > /proc/sys/user/{setting}; exec "$@"'
    found = visit(world, project, through=["unshare", "-Ur", "sh", "-c", script, "sh"])
    assert found.of("warning", "watch")[0]["next"].startswith(advice)


def test_a_clock_that_went_back(world: World) -> None:
    project = world.project(WORKFLOW)
    later = time.time() + 86_400
    os.utime(project / "main.py", (later, later))
    assert "newer than the clock" in visit(world, project).of("warning", "machine")[0]["text"]


def test_a_terminal_without_our_signs(world: World) -> None:
    done = world.run("doctor", env=ASCII_ONLY)
    assert "warning: the terminal is set to ascii" in done.out
    assert "export LC_ALL=C.UTF-8" in done.out
    assert done.out.isascii()


def test_on_a_terminal(world: World) -> None:
    terminal = world.terminal("doctor", cwd=world.sample())
    terminal.expect("the terminal is xterm-256color, with colours")
    terminal.expect("nothing is in the way of a run")
    terminal.wait()
    assert terminal.exitstatus == 0
