"""Nothing that is secret gets out of an agent's execution."""

from __future__ import annotations

from pathlib import Path

from stigmerd.executions.records import RecordCodec
from stigmerd.store.journal import Missing
from tests.stigmerd.agents.stage import Stage, scripted, with_server

SECRET = "sk-very-secret-0123456789"

SCRIPT = """
- say: "The key is {{ env.KEY }}, really."
  chunk: {characters: 3, seconds: 0.04}
  call: {tool: echo, args: {text: "{{ env.KEY }}"}}
- say: "{{ result }}"
  remember: {key: "{{ env.KEY }}"}
  fail: "bad key {{ env.KEY }}"
"""


async def test_a_secret_never_shows_not_even_in_pieces(stage: Stage) -> None:
    execution_id = stage.add(with_server(scripted(SCRIPT)), secrets={"KEY": SECRET})
    await stage.host.run(execution_id)
    said = [repr(RecordCodec.encode(record)) for record in stage.executions.said[execution_id]]
    assert len(said) > 10
    status = str(stage.get(execution_id).status)
    saved = stage.executions.journal(execution_id).get("agent/messages")
    assert saved is not Missing.MISSING
    for text in (*said, status, repr(saved)):
        assert "sk-v" not in text
        assert SECRET[:3] + "'" not in text
    assert stage.get(execution_id).status.messages[1].content == "The key is ***, really."
    assert stage.get(execution_id).status.error == "bad key ***"


async def test_the_agent_process_has_no_keys_in_its_environment_or_command_line(stage: Stage) -> None:
    host = stage.new_host({"ANTHROPIC_API_KEY": SECRET, "AWS_SECRET_ACCESS_KEY": SECRET, "LANG": "C.UTF-8"})
    try:
        await host.warm()
        about = Path(f"/proc/{host.pid}")
        if about.exists():
            environment = (about / "environ").read_text().split("\0")
            assert "LANG=C.UTF-8" in environment
            assert SECRET not in "".join(environment) + (about / "cmdline").read_text()
    finally:
        await host.aclose()
