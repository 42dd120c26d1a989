"""A path that begins with the home of nobody is told of in words, wherever somebody may write one."""

from __future__ import annotations

import pytest

from tests.support.world import World

PROGRAM = "from stigmer import Workflow\nwf = Workflow('hello')\nwf.set('greet', text='hi')\n"
NOBODYS = "~no-such-user/x"


@pytest.mark.parametrize("key", ["main", "python", "run: {env_file"])
def test_in_the_project_file(world: World, key: str) -> None:
    end = "}" if "{" in key else ""
    yaml = f'name: p\nruntime: python\n{key}: "{NOBODYS}"{end}\n'
    done = world.run("run", cwd=world.project(PROGRAM, yaml=yaml))
    assert done.code == 2, done.text
    assert "there is no home directory ~no-such-user" in done.text
    assert "Stigmer.yaml:3:" in done.text


@pytest.mark.parametrize("command", [("executions", "list"), ("server", "start"), ("server", "status")])
def test_as_a_data_directory(world: World, command: tuple[str, ...]) -> None:
    done = world.run(*command, env={"STIGMER_DATA_DIR": NOBODYS})
    assert done.code == 4, done.text
    assert f"{NOBODYS}: there is no such home directory" in done.text


AGENT = "from stigmer import Agent\nAgent('helper', instructions='Be as helpful as you can.')\n"


@pytest.mark.parametrize("place", ["environment", "file"])
def test_as_a_script_of_a_model(world: World, place: str) -> None:
    env = {}
    if place == "environment":
        env = {"STIGMER_LLM_PROVIDER": "scripted", "STIGMER_LLM_SCRIPT": NOBODYS}
    else:
        config = world.dir / ".stigmer" / "config.yaml"
        config.parent.mkdir()
        config.write_text(
            f"backend:\n  type: local\n  local:\n    llm: {{provider: scripted, script: {NOBODYS}}}\n"
        )
    done = world.run("run", "helper", cwd=world.project(AGENT), env=env)
    assert done.code == 1, done.text
    assert f"cannot read the script {NOBODYS}" in done.text
    assert "internal error" not in done.text
