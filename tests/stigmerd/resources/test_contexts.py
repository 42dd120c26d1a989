"""The variables of an execution: as they were when it was created, in one place, until it ends."""

from __future__ import annotations

from stigmer_api.executioncontext_pb2 import ExecutionContext
from stigmer_api.workflowinstance_pb2 import WorkflowInstance
from stigmerd.executions.log import Executions
from stigmerd.executions.records import Ended
from stigmerd.resources.collection import ResourceCollection
from stigmerd.resources.contexts import ContextCollection
from stigmerd.resources.kinds import ENVIRONMENT, EXECUTION_CONTEXT
from stigmerd.resources.workflow_plans import workflow_plan
from stigmerd.resources.workflows import WorkflowInstanceCollection
from tests.stigmerd.resources.bench import Bench
from tests.support.api import V1, environment, workflow, workflow_execution

OVER = Ended(phase="COMPLETED", output=None, error="", at="2026-01-01T00:00:00Z")


def with_environment(bench: Bench) -> str:
    """An execution that is given KEY itself, and REGION and TOKEN by its instance."""
    env = ResourceCollection(ENVIRONMENT, bench.repository).add(environment())
    flow = bench.workflows.add(workflow("Waiting"))
    instance = WorkflowInstance(
        api_version=V1,
        kind="WorkflowInstance",
        metadata={"name": "in production", "owner_scope": 2},
        spec={"workflow_id": flow.metadata.id, "env_refs": [{"slug": env.metadata.slug, "kind": 53}]},
    )
    made = WorkflowInstanceCollection(bench.repository).add(instance)
    execution = workflow_execution(workflow_instance_id=made.metadata.id)
    execution.spec.runtime_env["KEY"].value = "given-to-this-one"
    execution.spec.runtime_env["KEY"].is_secret = True
    return bench.starter.store(workflow_plan(execution, bench.repository)).metadata.id


def test_a_secret_stands_in_one_place(bench: Bench) -> None:
    execution_id = with_environment(bench)
    (stored,) = bench.repository.children(EXECUTION_CONTEXT, execution_id)
    assert set(stored.spec.data) == {"REGION", "TOKEN"}
    whole = ContextCollection(bench.repository).with_runtime_env(stored)
    assert {name: each.is_secret for name, each in whole.spec.data.items()} == {
        "KEY": True,
        "REGION": False,
        "TOKEN": True,
    }


def test_a_changed_environment_changes_nothing_for_what_runs_also_after_a_restart(bench: Bench) -> None:
    execution_id = with_environment(bench)
    news = environment()
    news.spec.data["TOKEN"].value = "another-one"
    ResourceCollection(ENVIRONMENT, bench.repository).put(news)
    restarted = Executions(bench.store, bench.vault)
    for executions in (bench.executions, restarted):
        assert executions.secrets.variables(execution_id).values == {
            "KEY": "given-to-this-one",
            "REGION": "north",
            "TOKEN": "s3cret-of-production",
        }


def test_an_environment_of_the_own_organization_comes_before_one_of_another(bench: Bench) -> None:
    elsewhere = environment(org="another")
    elsewhere.spec.data["TOKEN"].value = "of-another-organization"
    elsewhere.spec.data["ONLY_ELSEWHERE"].value = "x"
    ResourceCollection(ENVIRONMENT, bench.repository).add(elsewhere)
    execution_id = with_environment(bench)
    restarted = Executions(bench.store, bench.vault)
    for executions in (bench.executions, restarted):
        assert executions.secrets.variables(execution_id).values == {
            "KEY": "given-to-this-one",
            "REGION": "north",
            "TOKEN": "s3cret-of-production",
        }


def test_variables_go_with_the_end_of_their_execution(bench: Bench) -> None:
    bench.workflows.add(workflow("Child"))
    running = bench.child("call")
    assert {row.parent for row in bench.store.page([54]).rows} == {bench.parent, running}
    bench.executions.record(bench.parent, OVER)
    assert {row.parent for row in bench.store.page([54]).rows} == {running}


def test_contexts_of_what_has_ended_are_swept_away(bench: Bench) -> None:
    bench.workflows.add(workflow("Child"))
    running = bench.child("call")
    contexts = ContextCollection(bench.repository)
    bench.executions.record(bench.parent, OVER)
    contexts.add(context_for(bench.parent))
    assert {row.parent for row in bench.store.page([54]).rows} == {bench.parent, running}
    contexts.sweep()
    assert {row.parent for row in bench.store.page([54]).rows} == {running}


def context_for(execution_id: str) -> ExecutionContext:
    return ExecutionContext(
        api_version=V1,
        kind="ExecutionContext",
        metadata={"name": "too late"},
        spec={"execution_id": execution_id},
    )
