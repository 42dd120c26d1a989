"""Which files are built: those that the Go command line would take."""

from __future__ import annotations

import pytest

from runcmd.errors import ProjectError
from runcmd.synthesis.golang.source_text import has_main, role
from tests.runcmd.synthesis.golang.gophers import PATIENT, Gopher, program

pytestmark = PATIENT

IGNORE = "//go:build ignore\n\n"
OTHER = 'package main\nfunc main() { println("other") }\n'


def named(gopher: Gopher) -> list[str]:
    return sorted(str(each.relative_to(gopher.directory)) for each in gopher.latest.files)


async def test_a_package_of_several_files(gopher: Gopher) -> None:
    gopher.write("main.go", program("println(util.Word()); helper()", imports='"demo/util"'))
    gopher.write("helper.go", 'package main\nfunc helper() { println("helped") }\n')
    gopher.write("util/util.go", 'package util\nfunc Word() string { return "word" }\n')
    gopher.write("main_test.go", "package main\nthis does not even compile\n")
    gopher.write("gen.go", IGNORE + OTHER)
    assert await gopher.says() == "word\nhelped\n"
    assert named(gopher) == ["helper.go", "main.go", "util/util.go"]
    assert gopher.latest.left_out == (("gen.go", "not built: its build constraint leaves it out"),)


async def test_a_main_file_that_its_build_constraint_keeps_out_of_the_package(gopher: Gopher) -> None:
    gopher.write("main.go", program('println("named")', above=IGNORE))
    gopher.write("tool.go", OTHER)
    assert await gopher.says() == "named\n"
    assert named(gopher) == ["main.go"]
    assert [name for name, _ in gopher.latest.left_out] == ["tool.go"]


async def test_several_programs_in_one_folder(gopher: Gopher) -> None:
    gopher.write("main.go", program("helper()"))
    gopher.write("helper.go", 'package main\nfunc helper() { println("helped") }\n')
    gopher.write("second.go", program('println("second"); helper()'))
    assert await gopher.says() == "helped\n"
    assert named(gopher) == ["helper.go", "main.go"]
    [(name, why)] = gopher.latest.left_out
    assert name == "second.go"
    assert "main function of its own" in why
    gopher.write("Stigmer.yaml", "name: demo\nruntime: go\nmain: second.go\n")
    assert await gopher.says() == "second\nhelped\n"


async def test_a_helper_of_the_other_program(gopher: Gopher) -> None:
    """As with `go run main.go`, it is not in the way."""
    gopher.write("main.go", program('println("main")'))
    gopher.write("second.go", "package main\nvar setting = 1\nfunc main() { helper() }\n")
    gopher.write("helper.go", "package main\nfunc helper() { println(setting) }\n")
    assert await gopher.says() == "main\n"
    assert named(gopher) == ["main.go"]
    assert ("helper.go", "not built: the main file compiles only without it") in gopher.latest.left_out
    assert await gopher.says() == "main\n"
    assert not gopher.built
    assert named(gopher) == ["main.go"]


async def test_files_of_another_package_in_the_folder(gopher: Gopher) -> None:
    gopher.write("main.go", program('println("main")'))
    gopher.write("other.go", "package other\n")
    assert await gopher.says() == "main\n"
    gopher.write("other.go", 'package main\nfunc init() { println("init") }\n')
    assert await gopher.says() == "init\nmain\n"


async def test_a_folder_with_a_main_file_of_its_own(gopher: Gopher) -> None:
    gopher.write("main.go", OTHER)
    gopher.write("cmd/flows/main.go", program("helper()"))
    gopher.write("cmd/flows/helper.go", 'package main\nfunc helper() { println("below") }\n')
    gopher.write("Stigmer.yaml", "name: demo\nruntime: go\nmain: cmd/flows/main.go\n")
    assert await gopher.says() == "below\n"


async def test_without_a_module(gopher: Gopher) -> None:
    """As with `go run main.go`, which needs none for the standard library."""
    (gopher.directory / "go.mod").unlink()
    gopher.write("main.go", program('println("bare")'))
    assert await gopher.says() == "bare\n"
    await gopher.says()
    assert not gopher.built
    gopher.write("go.mod", "module demo\n\ngo 1.19\n")
    gopher.write("init.go", 'package main\nfunc init() { println("init") }\n')
    assert await gopher.says() == "init\nbare\n"


async def test_a_library_is_no_program(gopher: Gopher) -> None:
    gopher.write("main.go", "package flows\nfunc Declare() {}\n")
    with pytest.raises(ProjectError) as caught:
        await gopher.says()
    assert "main.go belongs to package flows" in caught.value.message
    assert "package main" in caught.value.hint


async def test_what_does_not_build_says_why(gopher: Gopher) -> None:
    gopher.write("main.go", program("undefinedFunction()"))
    gopher.write("second.go", OTHER)
    gopher.write("helper.go", "package main\n")
    with pytest.raises(ProjectError) as caught:
        await gopher.says()
    assert any("undefined: undefinedFunction" in line for line in caught.value.details)
    assert gopher.kept() == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("func main() {}", True),
        ("package main\nfunc  main () {\n}", True),
        ("func (x T) main() {}", False),
        ("// func main() {}", False),
        ("/* func main() {}\n*/", False),
        ("var x = `\nfunc main() {}\n`", False),
        ('var x = "func main() {}"', False),
        ("var x = '\"'\nfunc main() {}", True),
        ('var x = "\\"" // "\nfunc main() {}', True),
        ("func mainly() {}", False),
        ("type x interface { main() }", False),
    ],
)
def test_a_main_function_is_seen(text: str, expected: bool) -> None:
    assert has_main(text.encode()) is expected


@pytest.mark.parametrize(
    ("changed", "same"),
    [
        ("//go:build ignore\n\npackage main\nfunc main() { 2 }", True),
        ("//go:build linux\n\npackage main\nfunc main() { 1 }", False),
        ("//go:build ignore\n\npackage other\nfunc main() { 1 }", False),
        ("//go:build ignore\n\npackage main\nfunc other() { 1 }", False),
    ],
)
def test_the_role_of_a_file_is_in_its_first_lines(changed: str, same: bool) -> None:
    before = b"//go:build ignore\n\npackage main\nfunc main() { 1 }"
    assert (role(before) == role(changed.encode())) is same
