"""What runs is what is on the disk, however quick the edit."""

from __future__ import annotations

from tests.end_to_end.programs import ONE_WORKFLOW
from tests.support.world import World

EDITS = 20


def test_twenty_edits_of_the_same_size_are_all_seen(shared: World) -> None:
    project = shared.project("from values import VALUE\n" + ONE_WORKFLOW.replace('"hello"', "VALUE"))
    for number in range(EDITS):
        word = f"edit{number:02}"
        (project / "values.py").write_text(f'VALUE = "{word}"\n')
        done = shared.run("run", "-o", "quiet", cwd=project)
        assert done.code == 0, done.text
        assert word in done.out


def test_nothing_is_written_beside_the_program(shared: World) -> None:
    project = shared.project("import other\n" + ONE_WORKFLOW, name="clean")
    (project / "other.py").touch()
    assert shared.run("run", cwd=project).code == 0
    assert {path.name for path in project.iterdir()} <= {"Stigmer.yaml", "main.py", "other.py", ".stigmer"}
