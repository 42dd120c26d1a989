"""jq in child processes: right answers, and no way to harm or to look around."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from stigmerd.expressions import Evaluator, ExpressionError, ExpressionLimits
from tests.support.processes import open_files


@pytest.fixture
async def jq() -> AsyncIterator[Evaluator]:
    limits = ExpressionLimits(cpu_seconds=0.3, memory_bytes=256 << 20, output_bytes=10_000)
    evaluator = Evaluator(limits)
    yield evaluator
    await evaluator.aclose()


async def fails(jq: Evaluator, program: str, dot: Any = None) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        await jq.evaluate(program, dot, {})
    assert program[:300] in str(caught.value)
    return caught.value


async def test_programs_see_their_input_and_the_variables(jq: Evaluator) -> None:
    variables = {"context": {"t": {"f": 2}}, "data": {"x": 3}, "env": {}, "input": [4], "output": 5}
    program = '.a + $context["t"].f + $data.x + $input[0] + $output # all'
    assert await jq.evaluate(program, {"a": 1}, variables) == 15
    assert await jq.evaluate("first(.[] | select(. > 1))", [1, 2, 3], {}) == 2
    assert await jq.evaluate("empty", None, {}) is None
    assert await jq.evaluate("[1.0, 3.5, 1e3] + .", [12345678901234567890], {}) == [
        1,
        3.5,
        1000,
        1.2345678901234567e19,
    ]
    assert await jq.evaluate('"ä\\(.)"', "\N{SNOWMAN}", {}) == "ä\N{SNOWMAN}"
    assert await jq.evaluate("uuid | length", None, {}, uuid="x" * 36) == 36


async def test_a_syntax_error_has_its_position(jq: Evaluator) -> None:
    error = await fails(jq, ".a | foo(")
    assert (error.line, error.column) == (1, 9)
    assert "unexpected end of file" in error.reason
    error = await fails(jq, ".a\n | nonsense(1)")
    assert (error.line, error.reason) == (2, "nonsense/1 is not defined")
    await fails(jq, "1) | (2")


async def test_a_runtime_error_has_its_reason(jq: Evaluator) -> None:
    assert "Cannot index number" in (await fails(jq, ".a.b", {"a": 1})).reason
    assert "mine" in (await fails(jq, 'error("mine")')).reason


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("def f: f; f", "longer than 0.3 s"),
        ("last(range(1e12))", "longer than 0.3 s"),
        ("reduce range(20000) as $i (0; [.])", "nested too deep|memory"),
        ("reduce range(9000) as $i (0; [.])", "nested too deep"),
        ('[limit(1e9; repeat("aaaaaaaaaaaaaaaaaaaaaaa"))]', "longer than|memory"),
        ("[range(5000)]", "larger than 10000 bytes"),
    ],
)
async def test_a_runaway_program_fails_alone(jq: Evaluator, program: str, reason: str) -> None:
    bad = asyncio.create_task(fails(jq, program))
    good = await asyncio.gather(*(jq.evaluate(". + 1", n, {}) for n in range(20)))
    assert good == list(range(1, 21))
    assert re.search(reason, (await bad).reason)
    assert await jq.evaluate(". + 1", 1, {}) == 2


async def test_nothing_of_the_environment_or_the_disk_is_to_be_seen(
    jq: Evaluator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("API_KEY", "hidden")
    (tmp_path / "secret.json").write_text('{"a": "hidden"}')
    (tmp_path / "lib.jq").write_text('def a: "hidden";')
    assert await jq.evaluate("[env, $ENV]", None, {}) == [{}, {}]
    await fails(jq, f'import "secret" as $d {{search: "{tmp_path}"}}; $d')
    await fails(jq, f'include "lib" {{search: "{tmp_path}"}}; a')
    await fails(jq, "$__prog_args")
    assert (await fails(jq, "input")).reason
    assert await jq.evaluate("[debug, input_filename]", 1, {}) == [1, None]


async def test_a_cancelled_evaluation_leaves_no_answer_for_the_next(jq: Evaluator) -> None:
    slow = asyncio.create_task(jq.evaluate("last(range(1e12))", None, {}))
    assert await jq.evaluate(". + 1", 1, {}) == 2
    slow.cancel()
    await asyncio.wait([slow])
    assert [await jq.evaluate(". + 1", n, {}) for n in range(4)] == [1, 2, 3, 4]


async def test_the_children_are_gone_after_closing() -> None:
    evaluator = Evaluator()
    await asyncio.gather(*(evaluator.evaluate(". + 1", n, {}) for n in range(4)))
    pids = evaluator.pids
    assert pids
    await evaluator.aclose()
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


async def test_large_values_pass_in_pieces() -> None:
    evaluator = Evaluator(ExpressionLimits(output_bytes=8 << 20))
    value = {"rows": [{"n": n, "text": "x" * 100} for n in range(20_000)]}
    assert await evaluator.evaluate("{rows: .rows[1:]}", value, {}) == {"rows": value["rows"][1:]}
    assert len(json.dumps(value)) > 2 << 20
    await evaluator.aclose()


async def test_without_jq_an_expression_fails_and_nothing_is_left_open(
    jq: Evaluator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "jq", None)
    before = open_files()
    assert "not installed" in (await fails(jq, "1 + 1")).reason
    assert open_files() <= before
