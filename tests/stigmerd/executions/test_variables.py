"""An execution sees defaults, its instance's environments and its own variables, in this order."""

from __future__ import annotations

import pytest
from google.protobuf.message import Message

from stigmer_api.agent_pb2 import Agent
from stigmer_api.agentexecution_pb2 import AgentExecution
from stigmer_api.agentinstance_pb2 import AgentInstance
from stigmer_api.environment_pb2 import Environment, EnvironmentSpec
from stigmer_api.executioncontext_pb2 import ExecutionContext, ExecutionValue
from stigmer_api.session_pb2 import Session
from stigmer_api.workflow_pb2 import Workflow
from stigmer_api.workflowexecution_pb2 import WorkflowExecution
from stigmer_api.workflowinstance_pb2 import WorkflowInstance
from stigmerd.executions.variables import MissingEnvironment, Variables, layers_of, merge
from stigmerd.store.rows import Row
from stigmerd.store.store import Store
from stigmerd.store.vault import Vault, VaultError


def spec(**values: str) -> EnvironmentSpec:
    """Names that end in `_KEY` are secret."""
    made = EnvironmentSpec()
    for name, value in values.items():
        made.data[name].value, made.data[name].is_secret = value, name.endswith("_KEY")
    return made


def runtime(**values: str) -> dict[str, ExecutionValue]:
    return {
        name: ExecutionValue(value=value, is_secret=name.endswith("_KEY")) for name, value in values.items()
    }


def test_later_layers_win() -> None:
    merged = merge(
        spec(A="default", B="default", C="default", D="default"),
        [spec(B="first", C="first", D="first"), spec(C="second", D="second")],
        runtime(D="given", E="extra"),
    )
    assert merged == Variables(
        values={"A": "default", "B": "first", "C": "second", "D": "given", "E": "extra"}, secrets=frozenset()
    )


def test_an_empty_value_does_not_hide_an_earlier_one() -> None:
    assert merge(spec(A="default"), [spec(A="")], {}).values == {"A": "default"}


def test_declared_without_a_value_is_missing() -> None:
    merged = merge(spec(A="default", C="", B_KEY=""), [spec(X="")], {})
    assert merged.missing == ("B_KEY", "C")
    assert merged.values == {"A": "default"}
    assert merge(spec(A=""), [spec(A="x")], {}) == Variables(values={"A": "x"})
    assert merge(None, [], {}) == Variables(values={}, secrets=frozenset())


def test_whoever_says_secret_first_or_last_it_is_secret() -> None:
    plain = EnvironmentSpec()
    plain.data["A_KEY"].value = "plain"
    assert merge(spec(A_KEY="x"), [plain], {}).secrets == {"A_KEY"}
    assert merge(plain, [], runtime(A_KEY="x")).secrets == {"A_KEY"}
    assert merge(spec(A_KEY=""), [], {"A_KEY": ExecutionValue(value="v")}).secret_values == {"v"}


class World:
    """A store with resources in it, secrets encrypted."""

    def __init__(self) -> None:
        self.store = Store.open(None)
        self.vault = Vault.open(None)

    def put(
        self, kind: int, message: Message, name: str, *, slug: str = "", org: str = "local", parent: str = ""
    ) -> None:
        self.vault.encrypt_message(message)
        self.store.insert(
            Row(
                kind=kind,
                id=name,
                org=org,
                slug=slug or name,
                name=name,
                parent=parent,
                phase=0,
                tags=(),
                data=message.SerializeToString(),
                created_at="",
                updated_at="",
            )
        )

    def environment(self, slug: str, org: str = "local", **values: str) -> None:
        self.put(53, Environment(spec=spec(**values)), f"env-{org}-{slug}", slug=slug, org=org)

    def workflow(self, *environments: str, **defaults: str) -> WorkflowExecution:
        workflow, instance, execution = Workflow(), WorkflowInstance(), WorkflowExecution()
        workflow.spec.env_spec.CopyFrom(spec(**defaults))
        instance.spec.workflow_id = "wfl-1"
        for slug in environments:
            instance.spec.env_refs.add(slug=slug)
        self.put(50, workflow, "wfl-1")
        self.put(51, instance, "win-1", parent="wfl-1")
        execution.metadata.id, execution.metadata.org = "wex-1", "local"
        execution.spec.workflow_instance_id = "win-1"
        return execution

    def agent(self, *environments: str, **defaults: str) -> AgentExecution:
        agent, instance, session, execution = Agent(), AgentInstance(), Session(), AgentExecution()
        agent.spec.env_spec.CopyFrom(spec(**defaults))
        instance.spec.agent_id = "agt-1"
        for slug in environments:
            instance.spec.environment_refs.add(slug=slug, org="local")
        session.spec.agent_instance_id = "ain-1"
        self.put(40, agent, "agt-1")
        self.put(45, instance, "ain-1", parent="agt-1")
        self.put(42, session, "ses-1", parent="ain-1")
        execution.metadata.id, execution.metadata.org = "aex-1", "local"
        execution.spec.session_id = "ses-1"
        return execution

    def variables(self, execution: WorkflowExecution | AgentExecution) -> Variables:
        self.vault.encrypt_message(execution)
        return layers_of(self.store, self.vault, execution).merged()


@pytest.mark.parametrize("kind", ["workflow", "agent"])
def test_variables_come_from_template_instance_and_execution(kind: str) -> None:
    world = World()
    world.environment("base", B="base", C_KEY="base-secret")
    world.environment("top", C_KEY="top-secret")
    execution: WorkflowExecution | AgentExecution = getattr(world, kind)(
        "base", "top", A="default", B="default"
    )
    for name, value in runtime(D="given", E_KEY="given-secret").items():
        execution.spec.runtime_env[name].CopyFrom(value)
    assert world.variables(execution) == Variables(
        values={"A": "default", "B": "base", "C_KEY": "top-secret", "D": "given", "E_KEY": "given-secret"},
        secrets=frozenset({"C_KEY", "E_KEY"}),
    )
    layers = layers_of(world.store, world.vault, execution)
    assert layers.secret_values() == {"base-secret", "top-secret", "given-secret"}


def test_a_context_of_the_execution_counts_but_less_than_its_own_variables() -> None:
    world = World()
    execution = world.workflow(A="default", B="default")
    context = ExecutionContext()
    for name in ("A", "B"):
        context.spec.data[name].value = "context"
    world.put(54, context, "exec-1", parent="wex-1")
    execution.spec.runtime_env["B"].value = "given"
    assert world.variables(execution).values == {"A": "context", "B": "given"}


def test_the_environment_of_the_own_organization_comes_first() -> None:
    world = World()
    world.environment("base", org="acme", A="acme")
    execution = world.workflow("base")
    assert world.variables(execution).values == {"A": "acme"}
    world.environment("base", org="local", A="local")
    assert world.variables(execution).values == {"A": "local"}


def test_a_missing_environment_is_named() -> None:
    world = World()
    execution = world.agent("nowhere")
    with pytest.raises(MissingEnvironment, match='no environment "nowhere"'):
        world.variables(execution)


def test_secrets_that_can_be_read_are_masked_even_if_others_cannot() -> None:
    world = World()
    world.environment("good", A_KEY="good-secret")
    mine, world.vault = world.vault, Vault.open(None)
    world.environment("foreign", B_KEY="foreign-secret")
    world.vault = mine
    execution = world.workflow("good", "foreign")
    with pytest.raises(VaultError, match="B_KEY was encrypted with another key"):
        world.variables(execution)
    assert layers_of(world.store, world.vault, execution).secret_values() == {"good-secret"}


def test_an_execution_without_anything_around_it_sees_its_own_variables() -> None:
    world = World()
    execution = AgentExecution()
    execution.spec.agent_id = "agt-gone"
    execution.spec.runtime_env["A"].value = "given"
    assert world.variables(execution).values == {"A": "given"}
