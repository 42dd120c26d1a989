"""What an expression computes from a secret: what can be told from innocent values is masked."""

from __future__ import annotations

import pytest

from tests.stigmerd.engine.bench import Bench, WebServer
from tests.support.tasks import set_task

SECRET = "hunter2-correct-horse"
POINTS = [str(ord(letter)) for letter in SECRET]


def is_spelled_out(text: str) -> bool:
    return any(between.join(POINTS[:5]) in text for between in (",", ", ", ".0, ", " "))


@pytest.mark.parametrize(
    "program",
    [
        "${ .secrets.S | explode }",
        '${ .secrets.S | explode | map(tostring) | join(",") }',
        "${ .secrets.S | explode | tojson }",
        "${ { points: [.secrets.S, (.secrets.S | explode)] } }",
        "${ $input.message | explode }",
        "${ .secrets.S | @json | explode }",
    ],
)
async def test_the_numbers_of_its_letters(bench: Bench, program: str) -> None:
    ended = await bench.run(set_task("s", v=program), message=f"<{SECRET}>", secrets={"S": SECRET})
    assert ended.status.phase == 3, ended.status.error
    assert not is_spelled_out(bench.said(ended.metadata.id))
    assert f"number_value: {POINTS[0]}" not in str(ended)
    assert "***" in str(ended)


async def test_from_a_server_too(bench: Bench, web: WebServer) -> None:
    body = f'{{"numbers": [{", ".join(POINTS)}], "others": [1, 2, 3, 4, 5]}}'.encode()
    web.answers["/x"] = lambda request, times: (200, "application/json", body)
    ended = await bench.run(web.call("get", "/x"), set_task("s", v="${ .get }"), secrets={"S": SECRET})
    said = bench.said(ended.metadata.id)
    assert not is_spelled_out(said)
    assert "[1, 2, 3, 4, 5]" in said


@pytest.mark.parametrize(
    "program",
    [
        "${ .secrets.S | ascii_upcase }",
        "${ .secrets.S[3:9] }",
        '${ .secrets.S | split("-") }',
        '${ .secrets.S | split("") | reverse | join("") }',
        "${ .secrets.S | @sh }",
        '${ .secrets.S | gsub("-"; "") }',
        '${ [.secrets.S | scan(".")] }',
    ],
)
async def test_a_text_that_is_made_of_it_is_a_secret_itself(bench: Bench, program: str) -> None:
    ended = await bench.run(set_task("s", v=program), secrets={"S": SECRET})
    assert ended.status.phase == 3, ended.status.error
    text = str(ended) + bench.said(ended.metadata.id)
    for part in ("hunter", "HUNTER", "ter2-c", "correct", "esroh"):
        assert part not in text
    assert "***" in text


async def test_what_passes_as_the_design_page_says(bench: Bench) -> None:
    ended = await bench.run(
        set_task(
            "s",
            length="${ .secrets.S | length }",
            same='${ .secrets.S == "x" }',
            first="${ .secrets.S | explode | .[0] }",
        ),
        secrets={"S": SECRET},
    )
    text = str(ended.status.output)
    assert f"number_value: {len(SECRET)}" in text
    assert "bool_value: false" in text
    assert f"number_value: {POINTS[0]}" in text
