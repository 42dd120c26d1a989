"""What is stored of a new execution, and when none is accepted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stigmer_api.apiresource_pb2 import ApiResourceReference
from stigmer_api.workflowexecution_pb2 import WorkflowExecution
from stigmerd.executions.client_env import ClientEnv
from stigmerd.resources.agent_plans import agent_plan
from stigmerd.resources.collection import ResourceCollection
from stigmerd.resources.identity import MAX_SLUG_CHARACTERS
from stigmerd.resources.kinds import ENVIRONMENT, SESSION
from stigmerd.resources.plans import ExecutionPlan
from stigmerd.resources.rpc_error import RpcError
from stigmerd.resources.workflow_plans import workflow_plan
from tests.stigmerd.resources.bench import Bench
from tests.support.api import agent, agent_execution, environment, workflow, workflow_execution

SHORT, LONG = "42", "correct-horse"


def plan(bench: Bench, message: str = "", **variables: str) -> ExecutionPlan[WorkflowExecution]:
    """Of a workflow that declares a secret PIN."""
    template = workflow("Vault")
    template.spec.env_spec.data["PIN"].is_secret = True
    made = bench.workflows.put(template)
    execution = workflow_execution(made.metadata.id, trigger_message=message)
    for name, value in variables.items():
        execution.spec.runtime_env[name].value = value
    return workflow_plan(execution, bench.repository)


def test_what_is_declared_a_secret_is_one_however_short_and_however_it_is_given(bench: Bench) -> None:
    stored = bench.starter.store(plan(bench, PIN=SHORT))
    assert stored.spec.runtime_env["PIN"].is_secret
    assert stored.spec.runtime_env["PIN"].value == "***"


def test_a_message_is_masked_with_all_that_is_secret_here(bench: Bench) -> None:
    message = "own-secret-1 shell-secret-2 carried-secret-3"
    client_env = ClientEnv(values={"OPENAI_API_KEY": "shell-secret-2"}, names=("OPENAI_API_KEY",))
    stored = bench.starter.store(
        plan(bench, message, PIN="own-secret-1"),
        client_env=client_env,
        carried=frozenset({"carried-secret-3"}),
    )
    assert stored.spec.trigger_message == "*** *** ***"
    assert bench.executions.secrets.client_env(stored.metadata.id) == client_env


def test_the_subject_of_a_session_is_masked(bench: Bench) -> None:
    asked = agent_execution(bench.agents.add(agent()).metadata.id, message="log in with own-secret-1")
    asked.spec.runtime_env["PASSWORD"].value = "own-secret-1"
    asked.spec.runtime_env["PASSWORD"].is_secret = True
    stored = bench.starter.store(agent_plan(asked, bench.repository))
    session = bench.repository.get(SESSION, stored.spec.session_id)
    assert session.spec.subject == "log in with ***"


def test_it_is_stored_with_all_that_belongs_to_it_or_not_at_all(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench.executions.secrets, "carry", None)  # the last step
    with pytest.raises(TypeError):
        bench.starter.store(plan(bench, PIN=LONG))
    assert bench.executions.unfinished() == [bench.parent]
    assert bench.executions.live.count == 1


def test_none_is_accepted_while_those_at_work_hold_too_much(bench: Bench) -> None:
    shared = bench.executions.live.shared
    shared.bytes = shared.most + 1
    with pytest.raises(RpcError, match=r"hold more than .* of memory; wait for some to end"):
        bench.starter.store(plan(bench, PIN=LONG))
    shared.bytes = shared.most
    assert bench.starter.store(plan(bench, PIN=LONG))


def test_its_metadata_are_completed(bench: Bench) -> None:
    nameless = plan(bench, PIN=LONG)
    nameless.execution.ClearField("metadata")
    stored = bench.starter.store(nameless)
    assert stored.status.audit.spec_audit.HasField("created_at")
    metadata = stored.metadata
    assert metadata.id.startswith("wex-")
    assert metadata.name == f"execution-{metadata.id}"
    assert metadata.slug == metadata.name
    assert metadata.org == "local"
    slugs = {}
    for name in ("Über 5 !", "!!!", "n" * 300):
        named = plan(bench, PIN=LONG)
        named.execution.metadata.name = name
        stored = bench.starter.store(named).metadata
        slugs[name] = stored.slug.replace(stored.id, "its id")
    assert slugs == {"Über 5 !": "ber-5", "!!!": "its id", "n" * 300: "n" * MAX_SLUG_CHARACTERS}


def test_an_id_is_given_once(bench: Bench) -> None:
    taken = plan(bench, PIN=LONG)
    taken.execution.metadata.id = bench.parent
    with pytest.raises(RpcError, match=f"with id '{bench.parent}' already exists"):
        bench.starter.store(taken)


@pytest.mark.parametrize("chosen", [{"id": "a b"}, {"slug": "../up"}, {"slug": "n" * 254}])
def test_what_can_be_no_id_and_no_slug_is_refused(bench: Bench, chosen: dict[str, str]) -> None:
    bad = plan(bench, PIN=LONG)
    for name, value in chosen.items():
        setattr(bad.execution.metadata, name, value)
    with pytest.raises(RpcError, match=f"metadata.{next(iter(chosen))}"):
        bench.starter.store(bad)


def test_an_environment_is_that_of_the_organization_which_the_instance_names(bench: Bench) -> None:
    environments = ResourceCollection(ENVIRONMENT, bench.repository)
    for org in ("local", "theirs"):
        made = environment(org=org)
        made.spec.data["PIN"].value = f"pin of {org}"
        environments.add(made)
    asked = replace(plan(bench), environments=[ApiResourceReference(slug="production", org="theirs")])
    stored = bench.starter.store(asked)
    assert bench.executions.secrets.variables(stored.metadata.id).values["PIN"] == "pin of theirs"
    missing = replace(asked, environments=[ApiResourceReference(slug="production", org="nobody")])
    with pytest.raises(RpcError, match="an environment of the instance is missing"):
        bench.starter.store(missing)
