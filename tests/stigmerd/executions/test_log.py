"""Everything an execution says is stored, folded and masked, all or nothing."""

from __future__ import annotations

import logging
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stigmer_api.agentexecution_pb2 import AgentExecution, AgentExecutionStatus
from stigmer_api.environment_pb2 import Environment
from stigmer_api.workflow_pb2 import Workflow
from stigmer_api.workflowexecution_pb2 import ExecutionPhase, WorkflowExecution, WorkflowExecutionStatus
from stigmer_api.workflowinstance_pb2 import WorkflowInstance
from stigmerd.executions import live
from stigmerd.executions.log import Executions
from stigmerd.executions.records import (
    Began,
    Ended,
    MessageSet,
    Record,
    TaskBegan,
    TaskEnded,
    TaskNoted,
    TodoSet,
    ToolCallSet,
)
from stigmerd.store.errors import DuplicateId, StoreError
from stigmerd.store.journal import MISSING
from stigmerd.store.json import Json
from stigmerd.store.rows import Row
from stigmerd.store.store import Store
from stigmerd.store.vault import Vault

# A busy machine is no bug.
calm = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])

WEX, AEX = "wex-01", "aex-01"
SECRET = "sk-very-secret"


def workflow_execution(execution_id: str = WEX) -> WorkflowExecution:
    execution = WorkflowExecution()
    execution.metadata.id = execution_id
    execution.metadata.org = "local"
    execution.metadata.tags.append("nightly")
    execution.spec.workflow_instance_id = "win-01"
    execution.spec.trigger_message = "go"
    execution.spec.runtime_env["TOKEN"].value = SECRET
    execution.spec.runtime_env["TOKEN"].is_secret = True
    execution.spec.runtime_env["REGION"].value = "eu"
    execution.status.audit.spec_audit.event = "created"
    execution.status.audit.spec_audit.created_at.FromJsonString("2026-01-02T03:04:05Z")
    return execution


def agent_execution(execution_id: str = AEX) -> AgentExecution:
    execution = AgentExecution()
    execution.metadata.id = execution_id
    execution.spec.session_id = "ses-01"
    execution.spec.message = "hello"
    execution.spec.runtime_env["TOKEN"].value = SECRET
    execution.spec.runtime_env["TOKEN"].is_secret = True
    return execution


class StoredExecutions:
    """A store in memory, one workflow and one agent execution in it."""

    def __init__(self, path: Path | None = None) -> None:
        self.store = Store.open(path)
        self.vault = Vault(b"k" * 32)
        self.executions = Executions(self.store, self.vault)

    def filled(self) -> StoredExecutions:
        self.executions.add(workflow_execution())
        self.executions.add(agent_execution())
        return self

    def started_again(self) -> Executions:
        """As another process would see it."""
        return Executions(self.store, self.vault)


@pytest.fixture
def world() -> StoredExecutions:
    return StoredExecutions().filled()


def began(key: str = "a", given: Json = None) -> TaskBegan:
    return TaskBegan(key=key, name=key, kind="SET", input=given, at="t1")


def task_ended(key: str = "a", output: Json = None, error: str = "") -> TaskEnded:
    return TaskEnded(key=key, name=key, kind="SET", state="COMPLETED", output=output, error=error, at="t2")


def message(content: str, *, index: int = 0, complete: bool = True) -> MessageSet:
    return MessageSet(index=index, role="AI", content=content, complete=complete, at="t", metadata={})


BEGAN = Began(at="t0")
END = Ended(phase="COMPLETED", output={"x": 1}, error="", at="t9")


def test_a_new_execution_is_pending_and_its_secrets_are_encrypted(world: StoredExecutions) -> None:
    found = world.executions.get(WEX)
    assert found.status.phase == ExecutionPhase.EXECUTION_PENDING
    assert found.status.audit.spec_audit.event == "created"
    assert found.spec.runtime_env["TOKEN"].value == "***"
    assert found.spec.runtime_env["REGION"].value == "eu"
    assert world.executions.spec(WEX).spec.runtime_env["TOKEN"].value == SECRET
    row = world.store.find(WEX)
    assert row is not None and SECRET.encode() not in row.data
    assert (row.kind, row.parent, row.phase, row.tags) == (52, "win-01", 1, ("nightly",))
    assert row.created_at == "2026-01-02T03:04:05.000000Z"
    agent = world.store.find(AEX)
    assert agent is not None and (agent.kind, agent.parent) == (41, "ses-01")


def test_the_callers_message_is_not_touched(world: StoredExecutions) -> None:
    mine = workflow_execution("wex-02")
    world.executions.add(mine)
    assert mine == workflow_execution("wex-02")
    world.executions.get("wex-02").status.error = "changed"
    assert world.executions.get("wex-02").status.error == ""


def test_unknown_executions(world: StoredExecutions) -> None:
    executions = world.executions
    world.store.insert(
        Row(
            kind=40,
            id="agt-1",
            org="",
            slug="x",
            name="x",
            parent="",
            phase=0,
            tags=(),
            data=b"",
            created_at="",
            updated_at="",
        )
    )
    for unknown in ("wex-99", "agt-1"):
        for call in (
            executions.get,
            executions.spec,
            executions.records,
            executions.forget,
            executions.secrets.masker,
        ):
            with pytest.raises(KeyError, match=unknown):
                call(unknown)
        with pytest.raises(KeyError):
            executions.record(unknown, BEGAN)
        with pytest.raises(KeyError):
            executions.merge_status(unknown, WorkflowExecutionStatus())
    with pytest.raises(KeyError):
        executions.signals.add("wex-99", "go", None)
    with pytest.raises(KeyError):
        executions.journal("wex-99").put("key", 1)


def test_an_id_is_taken_once(world: StoredExecutions) -> None:
    world.executions.record(WEX, BEGAN)
    with pytest.raises(DuplicateId):
        world.executions.add(workflow_execution())
    assert world.executions.get(WEX).status.phase == ExecutionPhase.EXECUTION_IN_PROGRESS


def test_what_was_said_is_the_status_and_can_be_read_again(world: StoredExecutions) -> None:
    said: list[Record] = [
        BEGAN,
        began(given={"n": 1}),
        TaskNoted(key="a", metadata={"attempt": 1}),
        task_ended(output=[1]),
    ]
    world.executions.record(WEX, said[0])
    world.executions.record(WEX, *said[1:])
    assert world.executions.records(WEX) == said
    (task,) = world.executions.get(WEX).status.tasks
    assert list(task.output["value"]) == [1]


def test_the_row_knows_the_phase(world: StoredExecutions) -> None:
    def phase() -> int:
        row = world.store.find(WEX)
        assert row is not None
        return row.phase

    world.executions.record(WEX, BEGAN)
    assert phase() == ExecutionPhase.EXECUTION_IN_PROGRESS
    assert world.executions.unfinished() == [WEX, AEX]
    world.executions.record(WEX, began(), END)
    assert phase() == ExecutionPhase.EXECUTION_COMPLETED
    assert world.executions.unfinished() == [AEX]
    row = world.store.find(WEX)
    assert row is not None
    stored = WorkflowExecution.FromString(row.data)
    assert stored.status == world.executions.get(WEX).status
    assert SECRET.encode() not in row.data


def test_what_comes_after_the_end_is_ignored(
    world: StoredExecutions, caplog: pytest.LogCaptureFixture
) -> None:
    world.executions.record(WEX, BEGAN, END, began("late"))
    with caplog.at_level(logging.DEBUG):
        world.executions.record(WEX, Ended(phase="FAILED", output=None, error="late", at="t"))
    assert "wex-01 has ended: Ended ignored" in caplog.text
    status = world.executions.get(WEX).status
    assert (status.phase, status.error, len(status.tasks)) == (ExecutionPhase.EXECUTION_COMPLETED, "", 0)
    assert world.executions.records(WEX) == [BEGAN, END]
    merged = world.executions.merge_status(WEX, WorkflowExecutionStatus(error="late"))
    assert merged.status.error == ""


def test_ended_executions_are_not_kept_in_memory(world: StoredExecutions) -> None:
    world.executions.record(WEX, BEGAN, END)
    world.executions.get(WEX)
    assert world.executions.live.at_work(WEX) is None
    assert world.executions.live.at_work(AEX) is not None


def test_a_bad_record_takes_back_the_whole_call(world: StoredExecutions) -> None:
    world.executions.record(WEX, BEGAN)
    with pytest.raises(ValueError):
        world.executions.record(WEX, began(), Ended(phase="DONE", output=None, error="", at="t"))
    with pytest.raises(TypeError):
        world.executions.record(WEX, began(), message("an agent's"))
    with pytest.raises(TypeError, match="not JSON serializable"):
        world.executions.record(WEX, began(given={"x": b"bytes"}))
    assert world.executions.records(WEX) == [BEGAN]
    assert len(world.executions.get(WEX).status.tasks) == 0
    world.executions.record(WEX, began("b"))
    assert [task.task_id for task in world.executions.get(WEX).status.tasks] == ["b"]


def test_an_outer_transaction_that_fails_takes_back_what_was_said_in_it(world: StoredExecutions) -> None:
    world.executions.record(WEX, BEGAN)
    with pytest.raises(RuntimeError), world.store.transaction():
        world.executions.record(WEX, began())
        world.executions.add(workflow_execution("wex-02"))
        raise RuntimeError
    assert len(world.executions.get(WEX).status.tasks) == 0
    with pytest.raises(KeyError):
        world.executions.get("wex-02")
    world.executions.record(WEX, began("b"))
    assert world.executions.records(WEX) == [BEGAN, began("b")]


def test_a_full_disk_leaves_memory_and_store_of_one_mind(tmp_path: Path) -> None:
    world = StoredExecutions(tmp_path / "stigmerd.db").filled()
    world.executions.record(WEX, BEGAN)
    connection = world.store._database._connection
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages + 10}")
    said = 0
    with pytest.raises(StoreError, match="no space left"):
        while True:
            world.executions.record(WEX, began(f"task-{said}", {"x": "y" * 2000}))
            said += 1
    assert 0 < len(world.executions.get(WEX).status.tasks) == said
    connection.execute("PRAGMA max_page_count = 1000000")
    world.executions.record(WEX, began("last"))
    assert world.started_again().get(WEX) == world.executions.get(WEX)
    world.store.close()


def test_secrets_are_masked_in_everything_that_is_said(world: StoredExecutions) -> None:
    world.executions.record(
        WEX,
        BEGAN,
        began(given={"auth": f"Bearer {SECRET}"}),
        task_ended(output={"echo": [SECRET]}, error=f"bad {SECRET}"),
    )
    world.executions.record(
        AEX, message(f"it is {SECRET}"), message("it is sk-very", index=1, complete=False)
    )
    stored = world.store._database.rows("SELECT payload FROM execution_events")
    assert SECRET not in str(stored) and "sk-very" not in str(stored)
    assert SECRET not in str(world.executions.get(WEX)) + str(world.executions.get(AEX))
    report = WorkflowExecutionStatus(error=f"no {SECRET}")
    assert world.executions.merge_status(WEX, report).status.error == "no ***"
    assert report.error == f"no {SECRET}"


def test_what_is_masked_already_is_not_masked_again(world: StoredExecutions) -> None:
    """The agent host knows more secrets, and masks in another thread."""
    world.executions.record_masked(AEX, message(f"it is {SECRET}"))
    assert world.executions.get(AEX).status.messages[0].content == f"it is {SECRET}"


def test_secrets_of_the_instance_count_too(world: StoredExecutions) -> None:
    environment, workflow, instance = Environment(), Workflow(), WorkflowInstance()
    environment.spec.data["DB_PASSWORD"].value = "hunter22"
    environment.spec.data["DB_PASSWORD"].is_secret = True
    world.vault.encrypt_message(environment)
    workflow.spec.env_spec.data["REGION"].value = "default"
    instance.spec.workflow_id = "wfl-01"
    instance.spec.env_refs.add(slug="prod", org="local")
    for kind, id_, slug, made in (
        (53, "env-01", "prod", environment),
        (50, "wfl-01", "w", workflow),
        (51, "win-01", "i", instance),
    ):
        world.store.insert(
            Row(
                kind=kind,
                id=id_,
                org="local",
                slug=slug,
                name=slug,
                parent="",
                phase=0,
                tags=(),
                data=made.SerializeToString(),
                created_at="",
                updated_at="",
            )
        )
    variables = world.executions.secrets.variables(WEX)
    assert variables.values == {"REGION": "eu", "TOKEN": SECRET, "DB_PASSWORD": "hunter22"}
    assert variables.secrets == {"TOKEN", "DB_PASSWORD"}
    assert world.executions.secrets.masker(WEX).text("hunter22") == "***"


def test_halves_of_characters_do_not_stop_an_execution(world: StoredExecutions) -> None:
    world.executions.record(WEX, BEGAN, began(given={"x": "a\ud800b", "\udfff": "ü\x00"}))
    world.executions.record(AEX, message("half \ud83d"))
    assert dict(world.executions.get(WEX).status.tasks[0].input) == {"x": "a?b", "?": "ü\x00"}
    assert world.executions.get(AEX).status.messages[0].content == "half ?"
    assert world.started_again().get(WEX) == world.executions.get(WEX)
    world.executions.journal(WEX).put("key", {"x": "\ud800"})
    assert world.executions.journal(WEX).get("key") == {"x": "?"}


def test_words_of_another_version_are_skipped(world: StoredExecutions) -> None:
    world.executions.record(WEX, BEGAN)
    world.store.events.append(WEX, 2, "FromTheFuture", '{"x": 1}')
    restarted = world.started_again()
    restarted.record(WEX, began())
    assert restarted.records(WEX) == [BEGAN, began()]
    assert len(restarted.get(WEX).status.tasks) == 1


def test_the_journal_keeps_what_it_is_given(world: StoredExecutions) -> None:
    journal = world.executions.journal(WEX)
    assert journal.get("loop[2]/fetch") is MISSING
    journal.put("loop[2]/fetch", None)
    journal.put("a", {"x": [1, 2.5, "ü", None]})
    journal.put("a", {"x": "newer"})
    assert journal.get("loop[2]/fetch") is None
    assert world.started_again().journal(WEX).get("a") == {"x": "newer"}
    assert journal.keys() == ["a", "loop[2]/fetch"]
    assert world.executions.journal(AEX).keys() == []


def test_signals_wait_until_they_are_taken(world: StoredExecutions) -> None:
    world.executions.signals.add(WEX, "approve", {"by": "me"})
    assert world.executions.signals.oldest(AEX, "approve") is None
    waiting = world.started_again().signals.oldest(WEX, "approve")
    assert waiting is not None
    assert waiting.payload() == {"by": "me"}
    assert world.executions.signals.drop(waiting)
    assert not world.executions.signals.drop(waiting), "somebody was quicker"
    assert world.executions.signals.oldest(WEX, "approve") is None


def test_a_forgotten_execution_leaves_nothing(world: StoredExecutions) -> None:
    world.executions.record(WEX, BEGAN, began())
    world.executions.journal(WEX).put("a", 1)
    world.executions.forget(WEX)
    for table in ("execution_events", "journal"):
        assert world.store._database.rows(f"SELECT * FROM {table}") == []
    with pytest.raises(KeyError):
        world.executions.get(WEX)
    assert world.executions.unfinished() == [AEX]


def test_update_replaces_the_spec_and_keeps_the_status(world: StoredExecutions) -> None:
    world.executions.record(WEX, BEGAN, began())
    news = world.executions.spec(WEX)
    news.metadata.name = "renamed"
    news.spec.runtime_env["TOKEN"].value = "another-secret"
    news.status.error = "not mine to set"
    updated = world.executions.update(news)
    assert (updated.metadata.name, updated.status.error, len(updated.status.tasks)) == ("renamed", "", 1)
    assert world.executions.secrets.masker(WEX).text("another-secret") == "***"
    assert world.started_again().spec(WEX).spec.runtime_env["TOKEN"].value == "another-secret"
    world.executions.record(WEX, END)
    news.metadata.name = "renamed after the end"
    world.executions.update(news)
    assert world.executions.get(WEX).metadata.name == "renamed after the end"
    assert world.executions.get(WEX).status.phase == ExecutionPhase.EXECUTION_COMPLETED


def test_reports_of_an_external_runner_are_merged_and_stored(world: StoredExecutions) -> None:
    report = WorkflowExecutionStatus(phase="EXECUTION_IN_PROGRESS")
    report.tasks.add(task_id="a", status="WORKFLOW_TASK_IN_PROGRESS")
    world.executions.merge_status(WEX, report)
    world.executions.record(WEX, task_ended("b"))
    second = WorkflowExecutionStatus()
    second.tasks.add(task_id="a", status="WORKFLOW_TASK_COMPLETED")
    world.executions.merge_status(WEX, second)
    world.executions.record(WEX, task_ended("b", error="changed"))
    now = world.executions.get(WEX)
    assert [(task.task_id, task.status, task.error) for task in now.status.tasks] == [
        ("a", 3, ""),
        ("b", 3, "changed"),
    ]
    assert world.started_again().get(WEX) == now
    assert world.executions.records(WEX) == [task_ended("b"), task_ended("b", error="changed")]
    row = world.store.find(WEX)
    assert row is not None and row.phase == ExecutionPhase.EXECUTION_IN_PROGRESS
    world.executions.merge_status(WEX, WorkflowExecutionStatus(phase="EXECUTION_FAILED", error="e"))
    assert world.executions.unfinished() == [AEX]
    with pytest.raises(TypeError):
        world.executions.merge_status(AEX, WorkflowExecutionStatus())


def test_growing_text_is_stored_now_and_then_and_seen_at_once(
    world: StoredExecutions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "UNWRITTEN_SECONDS", 1000)
    for text in ("xx", "xx yy", "xx yy xx"):
        world.executions.record(AEX, message(text, complete=False))
        assert texts_of(world) == [text]
    assert world.executions.records(AEX) == [message("xx", complete=False)]
    world.executions.record(AEX, message("uu", index=1, complete=False))  # another one is another text
    assert len(world.executions.records(AEX)) == 2
    world.executions.record(AEX, message("xx yy xx."))
    assert world.executions.records(AEX) == [message("uu", index=1, complete=False), message("xx yy xx.")]
    monkeypatch.setattr(live, "UNWRITTEN_SECONDS", 0)
    world.executions.record(AEX, message("uu vv", index=1, complete=False))
    assert message("uu vv", index=1, complete=False) in world.executions.records(AEX)
    assert world.started_again().get(AEX) == world.executions.get(AEX)


def texts_of(world: StoredExecutions) -> list[str]:
    return [each.content for each in world.executions.get(AEX).status.messages]  # type: ignore[union-attr]


def test_growing_text_is_stored_once(world: StoredExecutions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "UNWRITTEN_SECONDS", 0)
    text = ""
    for word in range(100):
        text += f" {word}"
        world.executions.record(AEX, message(text, complete=False))
    assert world.executions.records(AEX) == [message(text, complete=False)]
    assert world.started_again().get(AEX) == world.executions.get(AEX)
    restarted = world.started_again()
    restarted.record(AEX, message("all of it"))
    assert restarted.records(AEX) == [message("all of it")]


def test_partial_messages_only_for_those_who_ask(world: StoredExecutions) -> None:
    world.executions.record(AEX, message("whole"), message("gro", index=1, complete=False))
    assert len(world.executions.get(AEX).status.messages) == 2
    assert len(world.executions.live.find(AEX).copy(partial=False).status.messages) == 1


keys = st.sampled_from(["a", "b", "c"])
states = st.sampled_from(["COMPLETED", "FAILED", "SKIPPED"])
texts = st.text(max_size=20)
said_by_workflows = st.one_of(
    st.just(BEGAN),
    st.builds(began, keys, st.dictionaries(texts, texts | st.integers() | st.floats(), max_size=3)),
    st.builds(task_ended, keys, texts | st.lists(texts, max_size=2), texts),
    st.builds(TaskNoted, key=keys, metadata=st.dictionaries(texts, texts, max_size=2)),
    st.just(END),
)
said_by_agents = st.one_of(
    st.just(BEGAN),
    st.builds(message, texts, index=st.integers(0, 3), complete=st.booleans()),
    st.builds(
        ToolCallSet,
        id=keys,
        message=st.integers(-1, 3),
        name=texts,
        args=st.dictionaries(texts, texts, max_size=2),
        status=st.sampled_from(["RUNNING", "COMPLETED"]),
        result=texts,
        error=texts,
        started_at=texts,
        completed_at=texts,
    ),
    st.builds(TodoSet, id=keys, content=texts, status=st.just("PENDING"), at=texts),
    st.just(Ended(phase="FAILED", output=None, error="e", at="t")),
)


@calm
@given(
    st.lists(st.lists(said_by_workflows, max_size=4), max_size=5),
    st.lists(st.lists(said_by_agents, max_size=4), max_size=5),
)
def test_what_is_read_from_the_store_is_what_was_live(
    workflow: list[list[Record]], agent: list[list[Record]]
) -> None:
    world = StoredExecutions().filled()
    with patch.object(live, "UNWRITTEN_SECONDS", 0):
        for execution_id, calls in ((WEX, workflow), (AEX, agent)):
            for records in calls:
                world.executions.record(execution_id, *records)
                now = world.executions.get(execution_id).SerializeToString(deterministic=True)
                assert world.started_again().get(execution_id).SerializeToString(deterministic=True) == now
    world.store.close()


def test_an_agent_status_is_reported_too(world: StoredExecutions) -> None:
    report = AgentExecutionStatus(phase="EXECUTION_IN_PROGRESS")
    report.messages.add(type="MESSAGE_AI", content="hi")
    merged = world.executions.merge_status(AEX, report)
    assert merged.status.messages[0].content == "hi"
    assert world.started_again().get(AEX) == merged


def test_an_execution_that_says_too_much_can_be_read_while_it_works_and_after(
    world: StoredExecutions,
) -> None:
    at = "2026-01-01T00:00:00Z"
    world.executions.record(AEX, Began(at=at))
    for index in range(4):
        world.executions.record(AEX, message(f"{index}" * (3 << 20), index=index))
        assert world.executions.get(AEX).ByteSize() < 10 << 20
    world.executions.record(AEX, Ended(phase="COMPLETED", output=None, error="", at=at))
    row = world.store.find(AEX)
    assert row is not None
    assert len(row.data) < 10 << 20
    ended = world.executions.get(AEX)
    assert isinstance(ended, AgentExecution)
    assert [len(each.content) > 1 << 20 for each in ended.status.messages].count(True) == 2
    assert ended.status.messages[3].content == "3" * (3 << 20)
