"""A secret in what an execution is told is nowhere in clear: not on the disk, not in an answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stigmer_api.agentexecution_pb2 import AgentExecution, AgentExecutionUpdateStatusInput
from stigmer_api.agentinstance_pb2 import AgentInstance
from stigmer_api.devloop_pb2 import SignalRequest
from stigmer_api.environment_pb2 import Environment
from stigmer_api.session_pb2 import Session
from stigmer_api.workflowexecution_pb2 import WorkflowExecution
from stigmerd.executions.log import Executions
from tests.attacks.planted import is_nowhere, said, stored
from tests.stigmerd.services.served import OpenWorld, ServedBackend
from tests.support.api import V1, Api, agent, agent_execution, environment, workflow, workflow_execution
from tests.support.tasks import listen_task, set_task, task

SECRET = "hunter2-correct-horse-battery-staple"
COMPLETED, FAILED = 3, 4


def given(message: Any, secret: str = SECRET) -> Any:
    message.spec.runtime_env["S"].value = secret
    message.spec.runtime_env["S"].is_secret = True
    return message


async def no_trace(world: ServedBackend, secret: str = SECRET) -> str:
    answers = await said(world.api)
    assert world.data_dir is not None
    is_nowhere(secret, answers, stored(world.data_dir))
    return answers


async def ended(api: Api, sent: WorkflowExecution) -> Any:
    execution = await api.workflow_execution.create(sent)
    return await api.follow(execution.metadata.id)


def heard(executions: Executions) -> list[str]:
    """What the agents that ran were told, in clear."""
    found = []
    for row in executions._store.page([41], size=100).rows:
        message = executions.spec(row.id)
        assert isinstance(message, AgentExecution)
        found.append(message.spec.message)
    return found


async def test_an_agent_that_a_workflow_calls_hears_it_and_nobody_else(
    open_world: OpenWorld, tmp_path: Path
) -> None:
    async with open_world(tmp_path / "d") as world:
        await world.api.agent.apply(agent("Echo"))
        call = task("ask", "AGENT_CALL", {"agent": "echo", "message": "echo ${.secrets.S} please"})
        flow = await world.api.workflow.apply(workflow("Asking", call))
        last = await ended(world.api, given(workflow_execution(flow.metadata.id)))
        assert last.status.phase == COMPLETED, last.status.error
        assert heard(world.agents.executions) == [f"echo {SECRET} please"]
        answers = await no_trace(world)
        assert "echo *** please" in answers  # the message, what it said, and the subject of the session
        assert 'subject: "echo *** please"' in answers


async def test_a_secret_that_the_child_has_no_variable_for(open_world: OpenWorld, tmp_path: Path) -> None:
    """As a part of the message, of another form, and of the input of a workflow between the two."""
    async with open_world(tmp_path / "d") as world:
        await world.api.agent.apply(agent("Echo"))
        inner = task("ask", "AGENT_CALL", {"agent": "echo", "message": "${ $input.message }"})
        await world.api.workflow.apply(workflow("Inner", set_task("s", v="${ $input.message }"), inner))
        passed = {"workflow": "inner", "input": {"message": "${ $input.message }"}}
        encoded = task("encoded", "AGENT_CALL", {"agent": "echo", "message": "${ .secrets.S | @base64 }"})
        flow = await world.api.workflow.apply(workflow("Outer", task("run", "RUN", passed), encoded))
        sent = given(workflow_execution(flow.metadata.id, trigger_message=f"the key is {SECRET}"))
        last = await ended(world.api, sent)
        assert last.status.phase == COMPLETED, last.status.error
        assert len(heard(world.agents.executions)) == 2
        assert f"the key is {SECRET}" in heard(world.agents.executions)
        answers = await no_trace(world)
        assert "the key is ***" in answers


async def test_what_a_client_tells_an_execution(open_world: OpenWorld, tmp_path: Path) -> None:
    async with open_world(tmp_path / "d") as world:
        made = await world.api.agent.apply(agent("Echo"))
        message = f"\n  first line {SECRET}{'.' * 100}\nand {json.dumps(SECRET)}"
        sent = given(agent_execution(made.metadata.id, message=message))
        accepted = await world.api.agent_execution.create(sent)
        assert SECRET not in str(accepted)
        flow = await world.api.workflow.apply(workflow("Told", set_task("s", v="${ $input.message }")))
        told = given(workflow_execution(flow.metadata.id, trigger_message=SECRET))
        told.spec.trigger_metadata["from"] = f"<{SECRET}>"
        last = await ended(world.api, told)
        assert last.status.phase == COMPLETED, last.status.error
        execution_id = accepted.metadata.id
        await world.agents.executions.subscriptions.ended(execution_id)
        assert heard(world.agents.executions) == [message]
        await no_trace(world)


async def test_renaming_it_later_changes_nothing_of_that(open_world: OpenWorld, tmp_path: Path) -> None:
    async with open_world(tmp_path / "d") as world:
        made = await world.api.agent.apply(agent("Echo"))
        sent = given(agent_execution(made.metadata.id, message=f"say {SECRET}"))
        accepted = await world.api.agent_execution.create(sent)
        await world.agents.executions.subscriptions.ended(accepted.metadata.id)
        accepted.metadata.tags.append("seen")
        updated = await world.api.agent_execution.update(accepted)
        assert updated.spec.message == "say ***"
        assert heard(world.agents.executions) == [f"say {SECRET}"]
        await no_trace(world)


async def test_after_a_restart_the_agent_still_hears_it(open_world: OpenWorld, tmp_path: Path) -> None:
    async with open_world(tmp_path / "d") as world:
        made = await world.api.agent.apply(agent("Echo"))
        pause = task("pause", "WAIT", {"seconds": 1})
        call = task("ask", "AGENT_CALL", {"agent": "echo", "message": "${ $input.message }"})
        flow = await world.api.workflow.apply(workflow("Later", pause, call))
        sent = given(workflow_execution(flow.metadata.id, trigger_message=SECRET))
        running = await world.api.workflow_execution.create(sent)
        assert made.metadata.id
        await no_trace(world)
    async with open_world(tmp_path / "d") as world:
        last = await world.api.follow(running.metadata.id)
        assert last.status.phase == COMPLETED, last.status.error
        assert heard(world.agents.executions) == [SECRET]
        await no_trace(world)


@pytest.mark.parametrize("early", [True, False], ids=["before LISTEN", "while it listens"])
async def test_the_payload_of_a_signal(open_world: OpenWorld, tmp_path: Path, early: bool) -> None:
    listen = listen_task("wait", "go")
    tasks = [task("pause", "WAIT", {"seconds": 1})] * early + [listen, set_task("s", v="${ .wait }")]
    async with open_world(tmp_path / "d") as world:
        flow = await world.api.workflow.apply(workflow("Listening", *tasks))
        execution = await world.api.workflow_execution.create(given(workflow_execution(flow.metadata.id)))
        signal = SignalRequest(execution_id=execution.metadata.id, signal_id="go")
        signal.payload.struct_value.update({"key": SECRET, "list": [f"a {SECRET}"], SECRET: 1, "n": 7})
        await world.api.control.signal(signal)
        await no_trace(world)
        last = await world.api.follow(execution.metadata.id)
        assert last.status.phase == COMPLETED, last.status.error
        answers = await no_trace(world)
        assert "a ***" in answers
        assert "number_value: 7" in answers


async def test_a_payload_that_looks_encrypted_is_a_payload(open_world: OpenWorld, tmp_path: Path) -> None:
    listen = listen_task("wait", "go")
    async with open_world(tmp_path / "d") as world:
        flow = await world.api.workflow.apply(workflow("Listening", listen, set_task("s", v="${ .wait.go }")))
        execution = await world.api.workflow_execution.create(workflow_execution(flow.metadata.id))
        signal = SignalRequest(execution_id=execution.metadata.id, signal_id="go")
        signal.payload.string_value = "enc:v1:00000000:AAAA"
        await world.api.control.signal(signal)
        last = await world.api.follow(execution.metadata.id)
        assert last.status.phase == COMPLETED, last.status.error
        assert last.status.output["v"] == "enc:v1:00000000:AAAA"


@pytest.mark.parametrize(
    "program",
    [
        "${ .secrets.S | tonumber }",
        "${ .secrets.S + 1 }",
        '${ ("Bearer " + .secrets.S) * {} }',
        "${ $input.message | tonumber }",
        "${ $input.message | fromjson }",
        "${ error(.secrets.S) }",
    ],
)
async def test_an_error_shows_not_even_the_beginning(
    open_world: OpenWorld, tmp_path: Path, program: str
) -> None:
    """jq quotes values in part, and half a secret cannot be masked."""
    bad, told = (
        {**set_task(name, v=value), "kind": "WORKFLOW_TASK_KIND_SET"}
        for name, value in (("bad", program), ("told", "${ $error }"))
    )
    attempt = task("attempt", "TRY", {"try": [bad], "catch": {"as": "error", "do": [told]}})
    async with open_world(tmp_path / "d") as world:
        flow = await world.api.workflow.apply(workflow("Trying", attempt))
        sent = given(workflow_execution(flow.metadata.id, trigger_message=SECRET))
        last = await ended(world.api, sent)
        assert [each.task_name for each in last.status.tasks] == ["attempt", "bad", "told"]
        await no_trace(world)
        await no_trace(world, SECRET[:8])


async def test_descriptions_that_quote_a_secret(open_world: OpenWorld, tmp_path: Path) -> None:
    async with open_world(tmp_path / "d") as world:
        api = world.api
        env: Environment = environment("Production")
        env.spec.data["TOKEN"].value = SECRET
        env.spec.description = f"the token is {SECRET}"
        env.spec.data["REGION"].description = f"not {SECRET}"
        stored_env = await api.environment.apply(env)
        assert stored_env.spec.description == "the token is ***"
        made = await api.agent.apply(agent("Echo"))
        instance = AgentInstance(
            api_version=V1,
            kind="AgentInstance",
            metadata={"name": "in production", "owner_scope": 2},
            spec={"agent_id": made.metadata.id, "description": f"with {SECRET}"},
        )
        instance.spec.environment_refs.add(slug=stored_env.metadata.slug, kind=53)  # type: ignore[arg-type]
        created = await api.agent_instance.create(instance)
        session = Session(api_version=V1, kind="Session", metadata={"name": "talk", "owner_scope": 2})
        session.spec.agent_instance_id = created.metadata.id
        session.spec.subject = f"about {SECRET}"
        talk = await api.session.create(session)
        await no_trace(world)
        # A later one in the same session, which has the secret from the instance's environment.
        later = agent_execution("", message=f"use {SECRET}")
        later.spec.session_id = talk.metadata.id
        accepted = await api.agent_execution.create(later)
        await world.agents.executions.subscriptions.ended(accepted.metadata.id)
        assert heard(world.agents.executions) == [f"use {SECRET}"]
        await no_trace(world)


async def test_a_variable_that_quotes_a_secret_is_a_secret(open_world: OpenWorld, tmp_path: Path) -> None:
    """Of the execution, and of an environment."""
    address = f"https://me:{SECRET}@there"
    async with open_world(tmp_path / "d") as world:
        await world.api.agent.apply(agent("Echo"))
        call = task("ask", "AGENT_CALL", {"agent": "echo", "message": "${.env_vars.URL} ${.env_vars.PLAIN}"})
        flow = await world.api.workflow.apply(workflow("Asking", call))
        sent = given(workflow_execution(flow.metadata.id))
        sent.spec.runtime_env["URL"].value = address
        sent.spec.runtime_env["PLAIN"].value = "plain"
        last = await ended(world.api, sent)
        assert last.status.phase == COMPLETED, last.status.error
        assert heard(world.agents.executions) == [f"{address} plain"]
        env: Environment = environment("Production")
        env.spec.data["TOKEN"].value = SECRET
        env.spec.data["URL"].value = address
        shown = await world.api.environment.apply(env)
        assert (shown.spec.data["URL"].value, shown.spec.data["REGION"].value) == ("***", "north")
        assert (await world.api.environment.apply(shown)).spec == shown.spec
        await no_trace(world)


@pytest.mark.parametrize("secret", [SECRET, "7fQ"])
async def test_a_declared_secret_that_is_not_given_as_one(
    open_world: OpenWorld, tmp_path: Path, secret: str
) -> None:
    async with open_world(tmp_path / "d") as world:
        wanted = workflow("Declaring", set_task("s", v="${ .env_vars.S }"))
        wanted.spec.env_spec.data["S"].is_secret = True
        flow = await world.api.workflow.apply(wanted)
        sent = workflow_execution(flow.metadata.id)
        sent.spec.runtime_env["S"].value = secret
        last = await ended(world.api, sent)
        assert last.status.phase == COMPLETED, last.status.error
        assert last.spec.runtime_env["S"].value == "***"
        for answer in (await said(world.api), stored(tmp_path / "d").decode("utf-8", "replace")):
            assert f'"{secret}"' not in answer
            assert f"\x12{chr(len(secret))}{secret}" not in answer


async def test_a_token_to_answer_with_is_kept_nowhere(open_world: OpenWorld, tmp_path: Path) -> None:
    async with open_world(tmp_path / "d") as world:
        made = await world.api.agent.apply(agent("Echo"))
        sent = agent_execution(made.metadata.id, callback_token=SECRET.encode())
        execution = await world.api.agent_execution.create(sent)
        report = AgentExecutionUpdateStatusInput(execution_id=execution.metadata.id)
        report.status.callback_token = SECRET.encode()
        await world.api.agent_execution.updateStatus(report)
        await world.agents.executions.subscriptions.ended(execution.metadata.id)
        await no_trace(world)
