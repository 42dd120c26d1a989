"""`stigmer run -f FILE`: apply what a file declares, and run it; edit it, and it runs again."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from tests.support.world import World

V1 = "apiVersion: agentic.stigmer.ai/v1\n"
AGENT = f"""{V1}kind: Agent
metadata:
  name: support
  annotations:
    devloop.stigmer.ai/script: "- say: '{{{{ message }}}} from {{{{ env.REGION }}}} {{{{ env.TOKEN }}}}'"
spec:
  instructions: You answer what customers ask.
"""
ENVIRONMENT = f"""{V1}kind: Environment
metadata: {{name: production}}
spec:
  data:
    REGION: {{value: north}}
    TOKEN: {{value: hidden-token-of-production, isSecret: true}}
"""
INSTANCE = f"""{V1}kind: AgentInstance
metadata: {{name: Support in production}}
spec:
  agentId: support
  environmentRefs: [{{slug: production}}]
"""
WORKFLOW = f"""{V1}kind: Workflow
metadata: {{name: total}}
spec:
  document: {{dsl: 1.0.0, namespace: shop, name: total, version: 1.0.0}}
  tasks:
    - name: add
      kind: SET
      taskConfig: {{variables: {{sum: "${{ $input.a + 1 }}"}}}}
"""
ALL = "---\n".join([INSTANCE, ENVIRONMENT, AGENT])  # what needs others stands first


@pytest.fixture
def place(shared: World) -> Path:
    """A directory without a project."""
    directory = shared.dir / "place"
    directory.mkdir(exist_ok=True)
    for file in directory.iterdir():
        file.unlink()
    return directory


def applied(out: str) -> list[tuple[str, str, str]]:
    events = [json.loads(line) for line in out.splitlines()]
    return [(e["resource"], e["slug"], e["change"]) for e in events if e["event"] == "manifest_applied"]


def answer(out: str) -> str:
    return str(json.loads(out.splitlines()[-1])["answer"])


def test_an_instance_with_all_that_it_needs(world: World) -> None:
    (world.dir / "all.yaml").write_text(ALL)
    first = world.run("run", "-f", "all.yaml", "-m", "hi", "-o", "json", cwd=world.dir)
    assert first.code == 0, first.err
    assert applied(first.out) == [
        ("Environment", "production", "created"),
        ("Agent", "support", "created"),
        ("AgentInstance", "support-in-production", "created"),
    ]
    assert answer(first.out) == "hi from north ***"
    assert "hidden-token" not in first.out
    again = world.run("run", "-f", "all.yaml", "-o", "json", cwd=world.dir)
    assert {change for _, _, change in applied(again.out)} == {"unchanged"}
    (world.dir / "all.yaml").write_text(ALL.replace("north", "south"))
    edited = world.run("run", "-f", "all.yaml", "-m", "hi", "-o", "json", cwd=world.dir)
    assert [change for _, _, change in applied(edited.out)] == ["updated", "unchanged", "unchanged"]
    assert answer(edited.out) == "hi from south ***"
    later = world.run("run", "support-in-production", "-m", "later", "-o", "quiet", cwd=world.dir)
    assert later.out == "later from south ***\n"


def test_what_is_shown(shared: World, place: Path) -> None:
    (place / "total.yaml").write_text(WORKFLOW)
    done = shared.run("run", "-f", "total.yaml", "--input", '{"a": 41}', "-o", "plain", cwd=place)
    assert done.code == 0, done.err
    assert "Loaded total.yaml: 1 resource(s)" in done.out
    assert "Workflow total: Created" in done.out
    assert "Auto-selected: total" in done.out
    assert 'Output: {"sum": 42}' in done.out


def test_several_files_and_standard_input(shared: World, place: Path) -> None:
    (place / "agent.yaml").write_text(AGENT)
    (place / "total.yaml").write_text(WORKFLOW)
    files = ("-f", "agent.yaml", "--file=total.yaml")
    none = shared.run("run", *files, cwd=place)
    assert none.code == 2
    assert "2 agents and workflows to choose from" in none.err
    assert "  stigmer run total -f agent.yaml --file=total.yaml" in none.err
    assert "--all" not in none.err
    done = shared.run("run", "total", *files, "--input", '{"a": 1}', "-o", "quiet", cwd=place)
    assert json.loads(done.out) == {"sum": 2}
    piped = shared.run("run", "-f", "-", "--input", '{"a": 2}', "-o", "quiet", cwd=place, stdin=WORKFLOW)
    assert json.loads(piped.out) == {"sum": 3}


def test_a_session_goes_on(shared: World, place: Path) -> None:
    talk = f"{V1}kind: Session\nmetadata: {{name: talk}}\nspec: {{agentInstanceId: support-in-production}}\n"
    (place / "talk.yaml").write_text(f"{ALL}---\n{talk}")
    first = shared.run("run", "-f", "talk.yaml", "-o", "json", cwd=place)
    again = shared.run("run", "-f", "talk.yaml", "-o", "json", cwd=place)
    assert applied(first.out)[-1] == ("Session", "talk", "created")
    assert applied(again.out)[-1] == ("Session", "talk", "unchanged")
    assert again.code == 0, again.err
    named = shared.run("run", "-f", "talk.yaml", "support", "-m", "alone", "-o", "quiet", cwd=place)
    assert "`env` has no `REGION`" in named.err, "the agent alone has no environment"


def test_in_a_project_its_code_is_deployed_first(world: World) -> None:
    program = """
from stigmer import Workflow

Workflow("place", description="1").set("read", region="${ $env.REGION.value }")
"""
    project = world.project(program)
    spec = "spec: {workflowId: place, envRefs: [{slug: production}]}"
    instance = f"{V1}kind: WorkflowInstance\nmetadata: {{name: there}}\n{spec}\n"
    (project / "there.yaml").write_text(f"{ENVIRONMENT}---\n{instance}")
    done = world.run("run", "-f", "there.yaml", "-o", "quiet", cwd=project)
    assert json.loads(done.out) == {"region": "north"}, done.err
    (project / "main.py").write_text("broken(")
    assert world.run("run", "-f", "there.yaml", cwd=project).code == 3
    alone = world.run("run", "-f", "there.yaml", "--deployed", "-o", "quiet", cwd=project)
    assert json.loads(alone.out) == {"region": "north"}, alone.err
    (project / "main.py").write_text(program)
    (project / "twice.yaml").write_text(WORKFLOW.replace("name: total", "name: place"))
    twice = world.run("run", "-f", "twice.yaml", cwd=project)
    assert twice.code == 3
    assert "the project's program declares the Workflow place, too" in twice.err


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        (
            AGENT.replace("instructions", "instrutions"),
            "bad.yaml:8:3: unknown key",
            'did you mean "instructions"?',
        ),
        (INSTANCE.replace("agentId: support", "agentId: suport"), 'there is no agent "suport"', ""),
        (f"{AGENT}---\n{INSTANCE.replace('production}', 'prodction}')}", 'no environment "prodction"', ""),
        (ENVIRONMENT.replace("{name:", "{org: acme, name:"), 'belongs to "acme"', "add --org acme"),
        (f"{ENVIRONMENT}---\n{ENVIRONMENT}", "is declared at bad.yaml:1, too", "rename one of them"),
        ("", "bad.yaml declares nothing", ""),
    ],
)
def test_what_is_wrong_with_it(shared: World, place: Path, text: str, said: str, hint: str) -> None:
    (place / "bad.yaml").write_text(text)
    done = shared.run("run", "-f", "bad.yaml", cwd=place)
    assert done.code == 3
    assert said in done.err
    assert hint in done.err
    assert "hidden-token" not in done.out + done.err
    assert "Created" not in done.out, "nothing is applied"


def test_files_that_cannot_be_read(shared: World, place: Path) -> None:
    assert "cannot read nowhere.yaml: No such file" in shared.run("run", "-f", "nowhere.yaml", cwd=place).err
    assert "cannot read .: Is a directory" in shared.run("run", "-f", ".", cwd=place).err
    watched = shared.run("run", "-f", "-", "--watch", cwd=place, stdin=WORKFLOW)
    assert (watched.code, "standard input is read once" in watched.err) == (2, True)
    nothing = shared.run("run", "-f", "-", cwd=place, stdin=ENVIRONMENT)
    assert (nothing.code, "the files declare nothing that can run" in nothing.err) == (1, True)


@pytest.mark.parametrize("in_project", [False, True])
def test_an_edit_is_applied_and_runs_again(world: World, in_project: bool) -> None:
    place = (
        world.project("from stigmer import Workflow\nWorkflow('other').set('x', y=1)\n")
        if in_project
        else world.dir
    )
    file = place / "all.yaml"
    file.write_text(ALL)
    running = world.start(
        "run", "-f", "all.yaml", "--watch", "--ephemeral", "-o", "json", "--no-keys", cwd=place
    )
    assert running.event("run_finished")["answer"] == "execute from north ***"
    running.event("watch_ready")
    file.write_text(ALL.replace("north", "south"))
    assert running.event("run_finished")["answer"] == "execute from south ***"
    running.event("watch_ready")
    file.write_text(ALL.replace("spec:", "spce:"))
    assert 'unknown key "spce"' in running.event("edit_broken")["error"]
    file.write_text(ALL.replace("north", "east"))
    assert running.event("run_finished")["answer"] == "execute from east ***"
    running.event("watch_ready")
    running.signal(signal.SIGTERM)
    assert running.end().code == 143


def test_a_loop_runs_an_instance_of_what_the_code_declares(world: World) -> None:
    program = """
from stigmer import Workflow

Workflow("place").set("read", {"region": "${ $env.REGION.value }", "version": 1})
"""
    project = world.project(program)
    spec = "spec: {workflowId: place, envRefs: [{slug: production}]}"
    (project / "there.yaml").write_text(
        f"{ENVIRONMENT}---\n{V1}kind: WorkflowInstance\nmetadata: {{name: there}}\n{spec}\n"
    )
    assert world.run("run", "-f", "there.yaml", "--no-follow", cwd=project).code == 0
    running = world.start("run", "there", "--watch", "-o", "json", "--no-keys", cwd=project)
    assert json.loads(running.event("run_finished")["answer"]) == {"region": "north", "version": 1}
    running.event("watch_ready")
    (project / "main.py").write_text(program.replace("1}", "2}"))
    assert json.loads(running.event("run_finished")["answer"]) == {"region": "north", "version": 2}
    running.event("watch_ready")
    running.signal(signal.SIGTERM)
    assert running.end().code == 143


def test_what_a_file_gives_to_the_platform_is_for_everybody(shared: World, place: Path) -> None:
    platform = WORKFLOW.replace("{name: total}", "{name: common, ownerScope: platform}")
    (place / "common.yaml").write_text(platform)
    (place / "own.yaml").write_text(WORKFLOW.replace("{name: total}", "{name: private}"))
    for file in ("common.yaml", "own.yaml"):
        done = shared.run("run", "-f", file, "--org", "acme", "--input", '{"a": 1}', cwd=place)
        assert done.code == 0, done.err
    other = ("--org", "other", "--input", '{"a": 2}', "-o", "quiet")
    assert json.loads(shared.run("run", "common", *other, cwd=place).out) == {"sum": 3}
    refused = shared.run("run", "private", *other, cwd=place)
    assert (refused.code, "not found: private" in refused.err) == (1, True)
