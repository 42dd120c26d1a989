"""Expressions that want out: the environment, the disk, another program's time and memory."""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path

from stigmerd.expressions import Evaluator, ExpressionError, ExpressionLimits
from tests.faults.figure import Figure

PLANTED = "planted-94c1e7"
LIMITS = ExpressionLimits(cpu_seconds=0.3)
# What might tell something: alone, and in each of the wrappings.
CURIOUS = (
    "env",
    "$ENV",
    "env.PLANTED",
    "$ENV.PLANTED",
    "env | to_entries",
    "input",
    "[inputs]",
    "input_filename",
    "$__prog_args",
    "$__loc__",
    "get_search_list",
    "debug",
    "stderr",
    "input_line_number",
    "halt_error",
    "builtins",
    "ltrimstr(env.PLANTED)",
    "getpath([env.PLANTED])",
    "error(env)",
    "splits(env.PLANTED)",
)
WRAPPINGS = (
    "{}",
    "[{}]",
    "try ({}) catch .",
    "({}) | tostring",
    "({}) | @base64",
    "reduce ({}) as $x (null; $x)",
)
MODULES = (
    'import "planted" as $d {{search: "{0}"}}; $d',
    'import "lib" as l {{search: "{0}"}}; l::a',
    'include "lib" {{search: "{0}"}}; a',
    'import "{0}/planted" as $d; $d',
    'import "../../../../../../../..{0}/planted" as $d; $d',
    'modulemeta | "{0}"',
)
RUNAWAYS = (
    "def f: f; f",
    "last(range(1e12))",
    "last(repeat(1))",
    "until(false; .)",
    "[range(1e9)]",
    "reduce range(20000) as $i (0; [.])",
    'reduce range(60) as $i ("x"; . + .)',
    '"x" * 1e9',
    '[limit(1e9; repeat("aaaaaaaaaaaaaaaaaaaaaaa"))]',
    '("a" * 40) + "!" | test("^(a+)+$")',
    "def f: [f]; f",
    "[recurse(.; true)]",
    "halt",
    "halt_error(5)",
)


def programs(directory: str) -> list[str]:
    curious = [wrapping.replace("{}", each) for each in CURIOUS for wrapping in WRAPPINGS]
    return [*curious, *(each.format(directory) for each in MODULES), *RUNAWAYS]


def jq_sandbox() -> Figure:
    with tempfile.TemporaryDirectory(prefix="jq") as directory:
        (Path(directory) / "planted.json").write_text(f'"{PLANTED}"')
        (Path(directory) / "lib.jq").write_text(f'def a: "{PLANTED}";')
        os.environ["PLANTED"] = PLANTED
        try:
            tried = programs(directory)
            violations = asyncio.run(_tried(tried))
        finally:
            del os.environ["PLANTED"]
    return Figure(
        line=f"{len(tried)} jq programs that want out: {len(violations)} told something or hurt others",
        violations=tuple(violations),
    )


async def _tried(tried: list[str]) -> list[str]:
    violations = []
    evaluator = Evaluator(LIMITS)
    try:
        for program in tried:
            try:
                said = str(await evaluator.evaluate(program, {"a": 1}, {}))
            except ExpressionError as error:
                said = error.reason
            # base64 of it, too, wherever it begins
            if PLANTED in said or "cGxhbnRlZC" in said:
                violations.append(f"{program}: {said[:200]}")
            if await evaluator.evaluate(". + 1 | . * 2", 1, {}) != 4:
                violations.append(f"after {program} there are wrong answers")
    finally:
        await evaluator.aclose()
    return violations
