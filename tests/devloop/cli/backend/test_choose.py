"""`stigmer backend set` writes which backend runs use."""

from __future__ import annotations

import pytest
import yaml

from tests.support.world import World

SECRET = "token-nobody-sees"


def kept(world: World) -> object:
    return yaml.safe_load((world.dir / ".stigmer" / "config.yaml").read_text())


def test_cloud_and_back(world: World) -> None:
    done = world.run("backend", "set", "cloud", "--endpoint", "stigmer.test:443", "--org", "us")
    assert done.code == 0
    assert "cloud, at stigmer.test:443" in done.out
    assert "There is no token" in done.out
    done = world.run("backend", "set", "cloud", "--token-file", "-", stdin=f"{SECRET}\n")
    assert done.code == 0
    assert SECRET not in done.text
    cloud = {"endpoint": "stigmer.test:443", "org_id": "us", "token": SECRET}
    assert kept(world) == {"backend": {"type": "cloud", "cloud": cloud}}
    assert world.run("backend", "set", "local").code == 0
    assert kept(world) == {"backend": {"type": "local", "cloud": cloud}}


def test_the_token_is_asked_for_without_echo(world: World) -> None:
    terminal = world.terminal("backend", "set", "cloud")
    terminal.expect("token .*: ")
    terminal.sendline(SECRET)
    terminal.expect("Runs use this backend now")
    assert SECRET not in (terminal.before or "")
    terminal.wait()
    assert kept(world) == {"backend": {"type": "cloud", "cloud": {"token": SECRET}}}


def test_enter_means_that_there_is_no_token(world: World) -> None:
    terminal = world.terminal("backend", "set", "cloud", "--endpoint", "stigmer.test:443")
    terminal.expect("token .Enter: none.: ")
    terminal.sendline("")
    terminal.expect("There is no token")
    terminal.wait()
    assert kept(world) == {"backend": {"type": "cloud", "cloud": {"endpoint": "stigmer.test:443"}}}


def test_a_file_has_the_token(world: World) -> None:
    (world.dir / "token").write_text(f"{SECRET}\n")
    assert world.run("backend", "set", "cloud", "--token-file", "token").code == 0
    assert world.run("config", "get", "cloud.token", "--show-secret").out == f"{SECRET}\n"


def test_an_argument_is_warned_of(world: World) -> None:
    done = world.run("backend", "set", "cloud", "--token", SECRET)
    assert done.code == 0
    assert "history" in done.err
    assert SECRET not in done.text


def test_a_variable_that_wins_is_named(world: World) -> None:
    done = world.run("backend", "set", "local", env={"STIGMER_SERVER_ADDR": "localhost:1"})
    assert "unset STIGMER_SERVER_ADDR" in done.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("cloud", "--endpoint", "nonsense"), "not the address of a server"),
        (("cloud", "--endpoint", "http://a:1"), "TLS only"),
        (("cloud", "--token-file", "missing"), "cannot read the token in missing"),
        (("cloud", "--token-file", "-"), "no token was given"),
        (("cloud", "--token-file", "-", "--token", "x"), "cannot be used together"),
        (("clod",), "did you mean 'cloud'?"),
    ],
)
def test_what_cannot_be_is_refused(world: World, arguments: tuple[str, ...], said: str) -> None:
    done = world.run("backend", "set", *arguments)
    assert done.code == 2
    assert said in done.err
    assert not (world.dir / ".stigmer" / "config.yaml").exists()
