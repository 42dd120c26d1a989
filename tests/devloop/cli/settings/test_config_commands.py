"""`stigmer config`, typed."""

from __future__ import annotations

import json
import stat
import subprocess
from pathlib import Path

import pytest

from tests.support.poll import PATIENCE_SECONDS
from tests.support.world import STIGMER, World

SECRET = "sk-very-secret"


@pytest.fixture
def file(world: World) -> Path:
    directory = world.dir / ".stigmer"
    directory.mkdir(mode=0o700)
    return directory / "config.yaml"


def test_a_setting_is_set_shown_and_removed(world: World, file: Path) -> None:
    file.write_text("# mine\nnotify: true  # please\n")
    file.chmod(0o644)
    done = world.run("config", "set", "llm.provider", "openai")
    assert (done.code, done.err) == (0, "")
    assert "backend.local.llm.provider = openai" in done.out
    assert file.read_text() == (
        "# mine\nnotify: true  # please\nbackend:\n  local:\n    llm:\n      provider: openai\n"
    )
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for name in ("llm.provider", "local.llm.provider", "backend.local.llm.provider"):
        assert world.run("config", "get", name).out == "openai\n"
    assert world.run("config", "unset", "llm.provider").code == 0
    assert file.read_text() == "# mine\nnotify: true  # please\n"
    assert world.run("config", "get", "llm.provider").code == 1


def test_what_is_not_set_has_its_default(world: World) -> None:
    assert world.run("config", "get", "backend.type").out == "local\n"
    done = world.run("config", "get", "llm.model")
    assert done.code == 1
    assert "not set; its default: the provider's" in done.err


def test_the_list_shows_what_is_set_and_what_wins(world: World) -> None:
    assert "nothing is set" in world.run("config", "list").out
    world.run("config", "set", "llm.model", "small")
    world.run("config", "set", "trust", "/srv/team/*", "~/x")
    lines = world.run("config", "list").out.splitlines()
    assert [line.split() for line in lines[1:]] == [
        ["backend.local.llm.model", "small", "config.yaml"],
        ["trust", "/srv/team/*,", "~/x", "config.yaml"],
    ]
    done = world.run("config", "list", "--all", "-o", "json", env={"STIGMER_LLM_MODEL": "large"})
    told = json.loads(done.out)
    assert told["backend.local.llm.model"] == {"value": "large", "from": "STIGMER_LLM_MODEL"}
    assert told["backend.type"] == {"value": "local", "from": "default"}


def test_a_secret_is_read_from_a_pipe_and_never_shown(world: World, file: Path) -> None:
    done = world.run("config", "set", "llm.api_key", stdin=f"{SECRET}\n")
    assert done.code == 0
    assert SECRET in file.read_text()
    shown = [
        done,
        world.run("config", "list"),
        world.run("config", "list", "-o", "json"),
        world.run("config", "get", "llm"),
        world.run("config", "get", "llm.api_key"),
        world.run("config", "get", "llm.api_key", "-o", "json"),
        world.run("config", "set", "llm.api_key", SECRET),
    ]
    assert all(SECRET not in each.text for each in shown)
    assert "history" in shown[-1].err
    assert world.run("config", "get", "llm.api_key", "--show-secret").out == f"{SECRET}\n"


def test_a_secret_is_typed_without_echo(world: World, file: Path) -> None:
    terminal = world.terminal("config", "set", "llm.api_key")
    terminal.expect("api_key: ")
    terminal.sendline(SECRET)
    terminal.expect(r"api_key = \*+")
    terminal.expect("\n")
    terminal.wait()
    assert SECRET not in (terminal.before or "")
    assert SECRET in file.read_text()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("set", "llm.provder", "openai"), "E0220", 'did you mean "llm.provider"?'),
        (("set", "llm", "openai"), "E0220", "backend.local.llm.model"),
        (("set", "backend.type", "clod"), "E0213", 'did you mean "cloud"?'),
        (("set", "llm.base_url", "localhost:1"), "E0213", "write http://"),
        (("set", "cloud.endpoint", "x:y"), "E0106", "is not the address of a server"),
        (("set", "keep.days", "-1"), "E0101", "stigmer config set"),
        (("set", "keep.days", "many"), "E0213", "is not a number"),
        (("set", "notify", "perhaps"), "E0213", "is not true or false"),
        (("set", "trust", "here"), "E0213", "is not an absolute path"),
        (("set", "llm.script", "missing.yaml"), "E0213", "there is no file"),
        (("set", "llm.model", ""), "E0213", "stigmer config unset backend.local.llm.model"),
        (("set", "llm.model"), "E0101", "needs a value"),
        (("set", "llm.model", "a", "b"), "E0213", "takes one value"),
        (("get", "nonsense"), "E0220", "stigmer config list --all"),
        (("unset", "backend.clod"), "E0220", "did you mean"),
    ],
)
def test_what_cannot_be_is_refused(shared: World, arguments: tuple[str, ...], code: str, said: str) -> None:
    done = shared.run("config", *arguments)
    assert done.code == 2
    assert code in done.err
    assert said in done.err
    assert not (shared.dir / ".stigmer" / "config.yaml").exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("backend:\n  tpye: local\n", 'config.yaml:2:3: unknown key "backend.tpye"'),
        ("a: [\n", "config.yaml:2:1"),
        ("backend: &b {type: local}\ncontext: *b\n", "unknown key"),
    ],
)
def test_a_broken_file_stays_as_it_is(world: World, file: Path, content: str, said: str) -> None:
    file.write_text(content)
    for arguments in (("set", "notify", "true"), ("get", "notify"), ("list",), ("unset", "notify")):
        done = world.run("config", *arguments)
        assert done.code == 2
        assert said in done.err
    assert file.read_text() == content


def test_a_wrong_value_in_the_file_can_be_mended(world: World, file: Path) -> None:
    file.write_text("backend: {type: locl}\n")
    assert world.run("config", "set", "backend.type", "local").code == 0
    assert file.read_text() == "backend: {type: local}\n"


def test_what_others_can_write_is_not_trusted(world: World, file: Path) -> None:
    file.write_text("notify: true\n")
    file.chmod(0o666)
    done = world.run("config", "set", "notify", "false")
    assert done.code == 2
    assert "chmod go-w" in done.err


def test_a_link_stays_one(world: World, file: Path) -> None:
    kept = world.dir / "dotfiles.yaml"
    kept.write_text("notify: true\n")
    file.symlink_to(kept)
    assert world.run("config", "set", "notify", "false").code == 0
    assert file.is_symlink()
    assert kept.read_text() == "notify: false\n"


def test_a_directory_that_takes_nothing_is_said(world: World) -> None:
    (world.dir / ".stigmer").write_text("a file")
    done = world.run("config", "set", "notify", "true")
    assert done.code == 2
    assert "E0221" in done.err


def test_commands_at_the_same_time_lose_nothing(world: World, file: Path) -> None:
    started = [
        subprocess.Popen([STIGMER, "config", "set", *each], env=world.environ, stdout=subprocess.DEVNULL)
        for each in (("notify", "true"), ("llm.model", "m"), ("keep.days", "3"), ("cloud.org_id", "o"))
    ]
    assert [each.wait(PATIENCE_SECONDS) for each in started] == [0, 0, 0, 0]
    told = json.loads(world.run("config", "list", "-o", "json").out)
    assert len(told) == 4
    assert [each.name for each in file.parent.iterdir()] == ["config.yaml"]


def test_the_path(world: World) -> None:
    assert world.run("config", "path").out == f"{world.dir}/.stigmer/config.yaml\n"


def test_ctrl_c_at_the_question_ends_its_line(world: World, file: Path) -> None:
    terminal = world.terminal("config", "set", "llm.api_key")
    terminal.expect("api_key: ")
    terminal.sendintr()
    terminal.expect("\r\n")
    terminal.wait()
    assert terminal.exitstatus == 130
    assert not file.exists()
