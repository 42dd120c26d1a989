"""What is shown in part is masked before it is cut: half a secret cannot be recognised."""

from __future__ import annotations

import pytest

from tests.stigmerd.engine.bench import Bench, WebServer
from tests.support.tasks import set_task

SECRET = "hunter2-correct-horse-battery-staple"


@pytest.mark.parametrize("before", range(260, 300, 5))
async def test_the_start_of_an_answer_that_quotes_a_secret(bench: Bench, web: WebServer, before: int) -> None:
    body = ("." * before + SECRET).encode()
    web.answers["/x"] = lambda request, times: (404, "text/plain", body)
    ended = await bench.run(web.call("get", "/x"), secrets={"S": SECRET})
    assert "HTTP 404" in ended.status.error
    assert SECRET[:8] not in bench.said(ended.metadata.id)


async def test_the_start_of_a_value_that_is_too_long_to_show(bench: Bench) -> None:
    """Wherever the cut is, it is in one of these."""
    secrets = {f"S{number}": f"{number:02}-{SECRET}" for number in range(3)}
    text = "".join(secrets.values()) * 10_000
    ended = await bench.run(set_task("big", v="${ $input.message }"), message=text, secrets=secrets)
    assert ended.status.phase == 3
    assert SECRET[:8] not in bench.said(ended.metadata.id)
