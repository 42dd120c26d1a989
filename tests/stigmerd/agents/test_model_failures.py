"""What an execution says when its model does not answer: servers on real sockets, and none."""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from pydantic_ai.exceptions import ModelConnectionError

from stigmerd.agents.models.connection import lost_connection
from tests.stigmerd.agents.http_servers import Handler, serving
from tests.stigmerd.agents.stage import Stage, agent

KEY = "sk-test-abcdefghijkl"
PAGE = "<html><head><title>Open WebUI</title></head><body><script>x=1</script>Sign in</body></html>"


def answering(
    status: int, body: object, kind: str = "application/json", **headers: str
) -> Callable[..., None]:
    def reply(handler: Handler, _: dict[str, Any]) -> None:
        text = body if isinstance(body, str) else json.dumps(body)
        handler.send(kind, text, status=status, headers={"x-should-retry": "false", **headers})

    return reply


def error(message: str, code: str = "") -> dict[str, object]:
    return {"error": {"message": message, "code": code, "type": "x"}}


async def failed(stage: Stage, url: str, **more: str) -> str:
    env = {"STIGMER_LLM_BASE_URL": url, "STIGMER_LLM_MODEL": "tiny", "STIGMER_LLM_API_KEY": KEY, **more}
    execution = await stage.run(agent(), env=env)
    assert KEY not in str(execution.status)
    return execution.status.error


@pytest.mark.parametrize(
    ("reply", "what", "remedy", "code"),
    [
        (
            answering(401, error(f"Incorrect API key provided: {KEY}.", "invalid_api_key")),
            "the provider does not accept the API key (HTTP 401 from {url}/chat/completions): "
            "Incorrect API key provided: ***",
            "check the key, STIGMER_LLM_API_KEY of the execution",
            "E0801",
        ),
        (
            answering(403, error("Project does not have access to model tiny")),
            "the API key may not use the model tiny (HTTP 403 from {url}/chat/completions): Project does not",
            "check the key, STIGMER_LLM_API_KEY of the execution",
            "E0806",
        ),
        (
            answering(429, error("You exceeded your current quota", "insufficient_quota")),
            "the quota of the API key is used up (HTTP 429 from {url}/chat/completions): You exceeded your",
            "see the plan and the billing of the key, STIGMER_LLM_API_KEY of the execution",
            "E0804",
        ),
        (
            answering(429, error("Rate limit reached", "rate_limit_exceeded"), **{"Retry-After": "7"}),
            "too many requests for the model tiny (HTTP 429 from {url}/chat/completions): Rate limit reached",
            "wait 7 s, or run fewer at once",
            "E0805",
        ),
        (
            answering(503, error("overloaded")),
            "the provider of the model tiny failed (HTTP 503 from {url}/chat/completions): overloaded",
            "try again later",
            "E0809",
        ),
        (
            answering(502, "<html><title>502 Bad Gateway</title><body>nginx</body></html>", "text/html"),
            "the provider of the model tiny failed (HTTP 502 from {url}/chat/completions): 502 Bad Gateway: ",
            "try again later",
            "E0809",
        ),
        (
            answering(400, error("tiny does not support tools")),
            "the provider does not accept the request for the model tiny (HTTP 400 from ",
            "tiny does not support tools",
            "E0807",
        ),
        (
            answering(400, error("Too long", "context_length_exceeded")),
            "the conversation is too long for the model tiny (HTTP 400 from ",
            "begin a new session",
            "E0808",
        ),
        (
            answering(301, "moved", "text/plain"),
            "the address of the model has moved (HTTP 301 from {url}/chat/completions)",
            "the address (STIGMER_LLM_BASE_URL of the execution)",
            "E0803",
        ),
    ],
    ids=lambda each: each if isinstance(each, str) and each.startswith("E0") else "",
)
async def test_a_refusal_has_its_address_its_cause_and_what_to_do(
    stage: Stage, reply: Callable[..., None], what: str, remedy: str, code: str
) -> None:
    with serving(reply) as (url, _):
        said = await failed(stage, url)
    assert said.startswith(what.format(url=url))
    assert remedy in said
    assert said.endswith(f" [{code}]")
    assert "{" not in said
    assert len(said) < 500


class WithModels(Handler):
    """Knows which models there are."""

    models = ("tiny-1", "huge-7", "other")
    asked: str = ""

    def do_GET(self) -> None:  # noqa: N802
        if self.path.endswith("/models"):
            type(self).asked = self.headers["authorization"]
            listed = {"object": "list", "data": [{"id": name} for name in self.models]}
            self.send("application/json", json.dumps(listed))
        else:
            super().do_GET()


async def test_an_unknown_model_has_those_that_there_are_with_the_nearest_first(stage: Stage) -> None:
    with serving(answering(404, error("The model `tiny` does not exist")), WithModels) as (url, _):
        said = await failed(stage, f"{url}/v1")
        for key in ("k2", ""):
            await failed(stage, f"{url}/v1", STIGMER_LLM_API_KEY=key)
    assert said == (
        f"there is no model tiny (HTTP 404 from {url}/v1/chat/completions): The model `tiny` does not exist; "
        'did you mean "tiny-1"? it has tiny-1, huge-7, other [E0802]'
    )


class WithPage(Handler):
    def do_GET(self) -> None:  # noqa: N802
        self.send("text/html; charset=utf-8", PAGE)


@pytest.mark.parametrize("status", [200, 404])
async def test_a_web_page_is_no_model(stage: Stage, status: int) -> None:
    with serving(answering(status, PAGE, "text/html"), WithPage) as (url, _):
        said = await failed(stage, url)
    assert said == (
        f"{url} is a web page (Open WebUI: Sign in), and no model answers there; check the address "
        "(STIGMER_LLM_BASE_URL of the execution): that of an OpenAI-compatible server often ends in "
        "/v1 [E0803]"
    )


async def test_the_setting_is_named_wherever_it_is(stage: Stage) -> None:
    llm = {"provider": "openai", "model": "tiny", "api_key": KEY}
    with serving(answering(401, error("no"))) as (url, _):
        llm["base_url"] = url
        stage.config_file.write_text(yaml.safe_dump({"backend": {"local": {"llm": llm}}}))
        try:
            said = (await stage.run(agent())).status.error
        finally:
            stage.config_file.unlink()
    assert f"check the key, backend.local.llm.api_key in {stage.config_file} [E0801]" in said
    assert KEY not in said


async def test_without_a_key_it_says_how_to_give_one(stage: Stage) -> None:
    with serving(answering(401, error("no"))) as (url, _):
        env = {"STIGMER_LLM_BASE_URL": url, "STIGMER_LLM_MODEL": "tiny"}
        said = (await stage.run(agent(), env=env)).status.error
    assert "none was sent: set OPENAI_API_KEY or STIGMER_LLM_API_KEY [E0801]" in said


async def test_nobody_listens(stage: Stage) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        public = f"http://127.0.0.1:{taken.getsockname()[1]}"
        said = await failed(stage, public.replace("://", "://user:pw@"))
    assert said == (
        f"cannot reach the model tiny at {public}/chat/completions: nothing listens there "
        "(connection refused); check the address (STIGMER_LLM_BASE_URL of the execution), and that it runs "
        "[E0813]"
    )


@pytest.mark.parametrize(
    ("url", "words", "code"),
    [
        ("http://nohost.invalid/v1", 'no host "nohost.invalid" is known (DNS)', "E0812"),
        ("localhost:11434", "is not the address of a model; write it with http:// or https://", "E0803"),
    ],
)
async def test_an_address_that_is_none(stage: Stage, url: str, words: str, code: str) -> None:
    said = await failed(stage, url)
    assert words in said
    assert "STIGMER_LLM_BASE_URL of the execution" in said
    assert said.endswith(f"[{code}]")


async def test_tls_where_there_is_none(stage: Stage) -> None:
    with serving(answering(200, {})) as (url, _):
        said = await failed(stage, url.replace("http:", "https:"))
    assert "does not speak TLS; write the address" in said
    assert said.endswith("[E0811]")


async def test_a_setting_that_is_wrong_has_a_code(stage: Stage) -> None:
    env = {"STIGMER_LLM_BASE_URL": "http://x", "STIGMER_AGENT_MAX_STEPS": "many"}
    said = (await stage.run(agent(), env=env)).status.error
    assert said.endswith("[E0830]")
    nobody = (await stage.run(agent(), env={"STIGMER_LLM_PROVIDER": "opnai"})).status.error
    assert "no provider 'opnai' (did you mean \"openai\"?)" in nobody
    assert nobody.endswith("[E1240]")


CHOICE = {"provider": "openai", "name": "tiny", "base_url": "https://llm.example", "api_key": ""}
URL = "https://llm.example/chat/completions"


def lost(*causes: BaseException) -> BaseException:
    """As a client raises it: the innermost comes last."""
    outer: BaseException = ModelConnectionError("tiny", "Connection error.")
    here = outer
    for cause in causes:
        here.__cause__ = here = cause
    return outer


def named(name: str, text: str) -> BaseException:
    return type(name, (Exception,), {})(text)


def test_a_certificate_that_has_expired() -> None:
    inner = ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed")
    inner.verify_message = "certificate has expired"
    text, code = lost_connection(lost(named("ConnectError", "x"), inner), URL, CHOICE)
    assert f"cannot reach the model tiny at {URL}: the certificate of llm.example is not trusted: " in text
    assert "certificate has expired; for an authority of your own, set SSL_CERT_FILE" in text
    assert code == "E0811"


def test_a_time_out() -> None:
    text, code = lost_connection(lost(named("ConnectTimeout", "")), URL, CHOICE)
    assert "no answer in time" in text
    assert code == "E0814"


def test_a_connection_that_is_closed_was_there() -> None:
    text, code = lost_connection(lost(named("ReadError", ""), ConnectionResetError(104, "r")), URL, CHOICE)
    assert text.startswith(f"the model tiny at {URL} closed the connection before it answered")
    assert "cannot reach" not in text
    assert code == "E0813"


def test_a_proxy_is_named_with_its_variable_and_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://me:pw@proxy.example:3128")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    text, code = lost_connection(lost(ConnectionRefusedError(111, "refused")), URL, CHOICE)
    assert text.startswith("cannot reach the proxy http://proxy.example:3128 (HTTPS_PROXY): nothing listens")
    assert ("pw" in text, code) == (False, "E0815")
    text, code = lost_connection(lost(named("ProxyError", "403 Forbidden")), URL, CHOICE)
    assert "refuses the connection: 403 Forbidden" in text
    assert code == "E0815"
    monkeypatch.setenv("NO_PROXY", "llm.example")
    assert "proxy" not in lost_connection(lost(ConnectionRefusedError(111, "refused")), URL, CHOICE)[0]
