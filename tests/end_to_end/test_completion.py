"""Tab in the real shells: names, ids, values and files; nothing is started, and no error is seen."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator

import pexpect
import pytest

from tests.end_to_end.programs import TWO_AGENTS, TWO_WORKFLOWS
from tests.support.poll import PATIENCE_SECONDS, wait_until
from tests.support.world import STIGMER, World, new_world

SHELLS = ("bash", "zsh", "fish")
STARTS = {
    "bash": ["--noprofile", "--norc", "-i"],
    "zsh": ["-f", "-i"],
    "fish": ["--no-config"],
}
TO_START, TAB, INTERRUPT = "\x01", "\t", "\x15"


@pytest.fixture(scope="module")
def used() -> Iterator[World]:
    """A world in which something was deployed and has run, and whose backend has stopped."""
    with new_world() as world:
        world.extra["PATH"] = f"{STIGMER.parent}:{world.environ['PATH']}"
        project = world.project(TWO_WORKFLOWS)
        assert world.run("run", "greet", cwd=project).code == 0
        assert world.run("run", "part", cwd=project).code == 0
        other = world.project(TWO_WORKFLOWS.replace("greet", "aardvark").replace("part", "zebra"), name="o")
        assert world.run("apply", cwd=other).code == 0
        assert world.run("server", "stop").code == 0
        yield world
        assert world.daemon_pid() is None, "completion has started a backend"


def asked(world: World, line: str, shell: str = "fish") -> list[str]:
    """What a shell would be told, without the shell."""
    done = world.run(
        cwd=world.dir / "project",
        env={"_STIGMER_COMPLETE": shell, "_STIGMER_WORDS": line.replace(" ", "\x1f")},
    )
    assert (done.code, done.err) == (0, "")
    return done.out.splitlines()[1:]


def soon(found: Callable[[], list[str]], good: Callable[[list[str]], bool]) -> list[str]:
    """Asks again where the machine was too slow: then there is no answer, which is no error."""
    last: list[str] = []

    def is_good() -> bool:
        last[:] = found()
        return good(last)

    wait_until(is_good, "the completion", lambda: str(last))
    return last


def test_the_names_of_this_project_come_first(used: World) -> None:
    lines = soon(lambda: asked(used, "stigmer run "), bool)
    assert lines == [
        "greet\tWorkflow - Says hello",
        "part\tWorkflow - Says goodbye",
        "aardvark\tWorkflow - Says hello",
        "zebra\tWorkflow - Says goodbye",
    ]
    assert "greet" not in str(soon(lambda: asked(used, "stigmer run greet "), bool))


def test_the_newest_execution_comes_first(used: World) -> None:
    for command in ("stigmer executions show ", "stigmer executions follow "):
        newest, older, last = soon(lambda command=command: asked(used, command), bool)
        assert re.match(r"wex-\w{26}\tpart · Completed · ", newest)
        assert re.match(r"wex-\w{26}\tgreet · Completed · ", older)
        assert last == "last\tthe newest"


def test_commands_that_name_what_is_stored(used: World) -> None:
    for command in ("stigmer show ", "stigmer delete ", "stigmer graph "):
        assert soon(lambda command=command: asked(used, command), bool)[0] == "greet\tWorkflow - Says hello"
    for command in ("stigmer run --resume ", "stigmer executions cancel ", "stigmer executions delete "):
        assert soon(lambda command=command: asked(used, command), bool)[0].startswith("wex-")
    assert soon(lambda: asked(used, "stigmer run part --task "), bool) == ["farewell\tpart"]


def test_the_sessions_of_agents(world: World) -> None:
    world.project(TWO_AGENTS)
    for name in ("first", "second"):
        assert (
            world.run("run", name, "--env", "STIGMER_LLM_PROVIDER=scripted", cwd=world.dir / "project").code
            == 0
        )
    for command in ("stigmer session show ", "stigmer run -i --session "):
        newest, older, last = soon(lambda command=command: asked(world, command), bool)
        assert re.match(r"ses-\w{26}\tsecond · ", newest) and re.match(r"ses-\w{26}\tfirst · ", older)
        assert last == "last\tthe newest"


def test_the_tasks_of_an_execution(used: World) -> None:
    newest = soon(lambda: asked(used, "stigmer executions show "), bool)[0].partition("\t")[0]
    assert soon(lambda: asked(used, f"stigmer executions show {newest} --task "), bool) == ["farewell\tpart"]


def test_no_backend_is_started_for_a_temporary_one(used: World) -> None:
    assert asked(used, "stigmer run --ephemeral ") == []


def test_a_backend_elsewhere_is_asked(shared: World) -> None:
    assert shared.run("apply", cwd=shared.project(TWO_WORKFLOWS)).code == 0
    address = f"unix:{shared.data / 'stigmerd.sock'}"
    assert "greet\tWorkflow" in soon(lambda: asked(shared, f"stigmer run --server {address} "), bool)


def test_one_that_does_not_answer_is_an_empty_answer(used: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        host, port = silent.getsockname()
        assert asked(used, f"stigmer run --server {host}:{port} ") == []
    assert asked(used, "stigmer run --server nonsense ") == []


class ShellWithTab:
    """A real shell that has read our script."""

    def __init__(self, world: World, name: str) -> None:
        program = shutil.which(name)
        if program is None:
            pytest.skip(f"there is no {name} here")
        self.name = name
        self._world = world
        self._project = world.dir / "project"
        script = world.run("completion", name)
        assert script.code == 0
        self._script = world.dir / f"script.{name}"
        self._script.write_text(script.out)
        self._program = program

    def line(self, typed: str) -> str:
        """What becomes of a line when Tab is pressed at its end."""
        if self.name == "fish":
            return self._fish(typed)
        terminal = pexpect.spawn(
            self._program,
            STARTS[self.name],
            cwd=str(self._project),
            env=self._world.environ | {"TERM": "dumb", "PS1": "PROMPT> ", "PROMPT": "PROMPT> "},
            dimensions=(40, 300),
            encoding="utf-8",
            timeout=PATIENCE_SECONDS,
        )
        try:
            terminal.expect_exact("PROMPT> ")
            before = "autoload -Uz compinit; compinit -u -D; bindkey -e; " if self.name == "zsh" else ""
            terminal.sendline(f"{before}source {self._script}; echo rea''dy")
            terminal.expect_exact("ready")
            terminal.expect_exact("PROMPT> ")
            terminal.send(f"{typed}{TAB}{TO_START}echo '<'{' ' * bool(typed)}")
            terminal.sendline("")
            terminal.expect(r"\n< ([^\r\n]*)\r")
            assert terminal.match
            return str(terminal.match[1]).rstrip().rstrip("/")  # zsh takes the slash back before a space
        finally:
            terminal.close(force=True)

    def _fish(self, typed: str) -> str:
        done = subprocess.run(
            [self._program, "--no-config", "-c", f"source {self._script}; complete -C '{typed}'"],
            cwd=self._project,
            env=self._world.environ,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
        )
        assert done.stderr == ""
        words = [line.partition("\t")[0] for line in done.stdout.splitlines()]
        return f"{typed.rpartition(' ')[0]} {words[0]}".rstrip("/") if len(words) == 1 else " ".join(words)


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("stigmer comp", "stigmer completion"),
        ("stigmer run gre", "stigmer run greet"),
        ("stigmer run --outp", "stigmer run --output"),
        ("stigmer run -o js", "stigmer run -o json"),
        ("stigmer run --output=js", "stigmer run --output=json"),
        ("stigmer run --env-file Stig", "stigmer run --env-file Stigmer.yaml"),
        ("stigmer run --env-file=Stig", "stigmer run --env-file=Stigmer.yaml"),
        ("stigmer run --report junit=Stig", "stigmer run --report junit=Stigmer.yaml"),
        ("stigmer run --input @Stig", "stigmer run --input @Stigmer.yaml"),
        ("stigmer apply --config ../projec", "stigmer apply --config ../project"),
    ],
)
def test_tab(used: World, shell: str, typed: str, line: str) -> None:
    tried = ShellWithTab(used, shell)
    soon(lambda: [tried.line(typed)], lambda found: found == [line])


@pytest.mark.parametrize("shell", SHELLS)
def test_it_is_installed_where_the_shell_reads_it(world: World, shell: str) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"there is no {shell} here")
    start = [program, *({"fish": ["--no-config"], "zsh": ["-f"]}.get(shell, ["--norc"])), "-c"]
    for _ in range(2):
        done = subprocess.run(
            [*start, f"{STIGMER} --install-completion; true"],
            cwd=world.dir,
            env=world.environ,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
        )
        assert f"Installed completion for {shell}" in done.stdout, done
    rc = {"bash": ".bashrc", "zsh": ".zshrc"}.get(shell)
    if rc:
        assert len((world.dir / rc).read_text().splitlines()) == 1
    places = {
        "bash": ".bash_completions/stigmer.sh",
        "zsh": ".zfunc/_stigmer",
        "fish": ".config/fish/completions/stigmer.fish",
    }
    assert "_stigmer" in (world.dir / places[shell]).read_text()


def test_a_home_that_cannot_be_written_to(world: World) -> None:
    (world.dir / "home").write_text("a file")
    bash = shutil.which("bash")
    assert bash
    done = world.run(
        "--install-completion",
        through=[bash, "-c", '"$@"; exit $?', "bash"],
        env={"HOME": str(world.dir / "home")},
    )
    assert done.code == 2
    assert "stigmer completion bash" in done.err and "stigmer explain E0170" in done.err
