"""Workflow executions: created, followed, listed, steered."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from stigmer_api.apiresource_pb2 import ApiResourceId, ApiResourceReference
from stigmer_api.devloop_pb2 import CancelReply, CancelRequest, DescribeRequest, SignalRequest, WatchRequest
from stigmer_api.executioncontext_pb2 import ExecutionContext
from stigmer_api.workflowexecution_pb2 import (
    ListWorkflowExecutionsByWorkflowRequest,
    ListWorkflowExecutionsRequest,
    SubscribeWorkflowExecutionRequest,
    WorkflowExecutionId,
    WorkflowExecutionUpdateStatusInput,
)
from stigmer_api.workflowinstance_pb2 import WorkflowInstanceId
from stigmer_api.workflowrunner_pb2 import (
    CancelExecutionRequest,
    PauseExecutionRequest,
    ResumeExecutionRequest,
    WorkflowExecuteInput,
)
from tests.stigmerd.services.served import OpenWorld, Refused, gone
from tests.support.api import V1, Api, workflow, workflow_execution
from tests.support.tasks import listen_task, set_task, task, wait_task

PENDING, IN_PROGRESS, COMPLETED, FAILED, CANCELLED = 1, 2, 3, 4, 5


async def waiting(api: Api) -> str:
    flow = await api.workflow.apply(workflow("Waiting", wait_task()))
    return str((await api.workflow_execution.create(workflow_execution(flow.metadata.id))).metadata.id)


async def test_it_is_pending_then_ends_and_says_so_to_all_who_follow(api: Api) -> None:
    flow = await api.workflow.apply(workflow("Greeting", set_task("one"), set_task("two")))
    execution = await api.workflow_execution.create(workflow_execution(flow.metadata.id))
    assert execution.status.phase == PENDING
    assert execution.metadata.id.startswith("wex-")
    assert execution.spec.workflow_instance_id == flow.status.default_instance_id
    followers = [api.follow(execution.metadata.id) for _ in range(5)]
    for last in await asyncio.gather(*followers):
        assert last.status.phase == COMPLETED
        assert [each.task_name for each in last.status.tasks] == ["one", "two"]
        assert last.status.completed_at.endswith("Z")
    late = await api.follow(execution.metadata.id)  # it ended before: the one snapshot, then the end
    assert late == await api.workflow_execution.get(WorkflowExecutionId(value=execution.metadata.id))


async def test_workflow_and_instance_must_fit(api: Api, refused: Refused) -> None:
    one, two = await api.workflow.apply(workflow("One")), await api.workflow.apply(workflow("Two"))
    with refused("INVALID_ARGUMENT", "workflow_id", "workflow_instance_id"):
        await api.workflow_execution.create(workflow_execution())
    with refused("NOT_FOUND", "Workflow not found: wfl-none"):
        await api.workflow_execution.create(workflow_execution("wfl-none"))
    with refused("NOT_FOUND", "WorkflowInstance not found: win-none"):
        await api.workflow_execution.create(workflow_execution(workflow_instance_id="win-none"))
    with refused("INVALID_ARGUMENT", two.metadata.id, one.metadata.id):
        await api.workflow_execution.create(
            workflow_execution(two.metadata.id, workflow_instance_id=one.status.default_instance_id)
        )
    made = await api.workflow_execution.create(
        workflow_execution(workflow_instance_id=one.status.default_instance_id)
    )
    assert made.spec.workflow_id == one.metadata.id


async def test_a_lost_default_instance_does_not_keep_a_workflow_from_running(api: Api) -> None:
    flow = await api.workflow.apply(workflow())
    await api.workflow_instance.delete(WorkflowInstanceId(value=flow.status.default_instance_id))
    execution = await api.workflow_execution.create(workflow_execution(flow.metadata.id))
    assert (await api.follow(execution.metadata.id)).status.phase == COMPLETED


async def test_a_workflow_without_tasks_cannot_run(api: Api, refused: Refused) -> None:
    empty = workflow()
    empty.ClearField("spec")
    flow = await api.workflow.apply(empty)
    with refused("FAILED_PRECONDITION", '"greeting" has no tasks'):
        await api.workflow_execution.create(workflow_execution(flow.metadata.id))


async def test_what_runs_is_what_was_there_when_it_was_created(api: Api) -> None:
    execution = await waiting(api)
    await api.workflow.apply(workflow("Waiting", set_task("changed")))
    snapshot = await api.workflow_execution.get(WorkflowExecutionId(value=execution))
    assert snapshot.status.phase in (PENDING, IN_PROGRESS)
    await api.control.cancel(CancelRequest(execution_id=execution, wait_seconds=5))
    assert [each.task_name for each in (await api.follow(execution)).status.tasks] == ["wait"]


async def test_lists_newest_first_by_phase_tag_and_workflow(api: Api, refused: Refused) -> None:
    flow = await api.workflow.apply(workflow())
    ids = []
    for number in range(5):
        sent = workflow_execution(flow.metadata.id)
        sent.metadata.tags.append(f"parity-{number % 2}")
        ids.append((await api.workflow_execution.create(sent)).metadata.id)
        await api.follow(ids[-1])
    running = await waiting(api)

    async def listed(**filters: object) -> list[str]:
        request = ListWorkflowExecutionsRequest(**filters)  # type: ignore[arg-type]
        return [entry.metadata.id for entry in (await api.workflow_execution.list(request)).entries]

    assert await listed() == [running, *reversed(ids)]
    assert await listed(phase=COMPLETED) == ids[::-1]
    assert await listed(tags=["parity-1"]) == [ids[3], ids[1]]
    assert await listed(page_size=4, page_token="2") == [ids[1], ids[0]]
    assert await listed(page_size=4, page_token="3") == []
    reply = await api.workflow_execution.list(ListWorkflowExecutionsRequest(page_size=4))
    assert reply.total_pages == 2
    assert {entry.status.phase for entry in reply.entries[1:]} == {COMPLETED}
    by_workflow = await api.workflow_execution.listByWorkflow(
        ListWorkflowExecutionsByWorkflowRequest(workflow_id=flow.metadata.id)
    )
    assert [entry.metadata.id for entry in by_workflow.entries] == ids[::-1]
    for wrong in ("nonsense", "-1", "0"):
        with refused("INVALID_ARGUMENT", "page_token"):
            await listed(page_token=wrong)
    with refused("INVALID_ARGUMENT", "page_size"):
        await listed(page_size=-1)


async def test_cancel(api: Api, refused: Refused) -> None:
    execution = await waiting(api)
    request = CancelRequest(execution_id=execution, reason="enough", wait_seconds=5)
    assert (await api.control.cancel(request)).outcome == CancelReply.CANCELLED
    last = await api.follow(execution)
    assert (last.status.phase, "enough" in last.status.error) == (CANCELLED, True)
    assert (await api.control.cancel(request)).outcome == CancelReply.ALREADY_FINISHED
    with refused("NOT_FOUND", "wex-none"):
        await api.control.cancel(CancelRequest(execution_id="wex-none"))
    with refused("INVALID_ARGUMENT", "execution_id"):
        await api.control.cancel(CancelRequest())


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf")])
async def test_cancel_with_an_odd_wait(api: Api, seconds: float) -> None:
    execution = await waiting(api)
    reply = await api.control.cancel(CancelRequest(execution_id=execution, wait_seconds=seconds))
    assert reply.outcome in (CancelReply.CANCELLED, CancelReply.STILL_RUNNING)
    assert (await api.follow(execution)).status.phase == CANCELLED


async def test_the_runner_service_cancels(api: Api, refused: Refused) -> None:
    execution = await waiting(api)
    await api.runner.cancelExecution(CancelExecutionRequest(execution_id=execution, reason="enough"))
    assert (await api.follow(execution)).status.phase == CANCELLED
    await api.runner.cancelExecution(
        CancelExecutionRequest(execution_id=execution)
    )  # once more is no mistake
    with refused("NOT_FOUND", "wex-none"):
        await api.runner.cancelExecution(CancelExecutionRequest(execution_id="wex-none"))
    flow = await api.workflow.apply(workflow("Short"))
    done = (await api.workflow_execution.create(workflow_execution(flow.metadata.id))).metadata.id
    await api.follow(done)
    with refused("FAILED_PRECONDITION", "has ended"):
        await api.runner.cancelExecution(CancelExecutionRequest(execution_id=done))


async def test_the_runner_service_pauses_and_resumes(api: Api, refused: Refused) -> None:
    flow = await api.workflow.apply(workflow("Paused", listen_task("approval", "approve"), set_task("after")))
    execution = (await api.workflow_execution.create(workflow_execution(flow.metadata.id))).metadata.id
    pause = PauseExecutionRequest(execution_id=execution, reason="overnight")
    resume = ResumeExecutionRequest(execution_id=execution)
    watch = api.query.watch(WatchRequest(execution_id=execution))

    async def wait_on(what: str) -> str:
        while True:
            for note in (await watch.read()).notes:
                if note.wait.on == what:
                    return str(note.wait.text)

    await wait_on("signal approve")
    await api.runner.resumeExecution(resume)  # it runs: no mistake
    await api.runner.pauseExecution(pause)
    await api.runner.pauseExecution(pause)
    await api.control.signal(SignalRequest(execution_id=execution, signal_id="approve"))
    # What had begun ends; what comes next waits, and says so.
    assert await wait_on("pause") == "paused: overnight"
    watch.cancel()
    held = await api.workflow_execution.get(WorkflowExecutionId(value=execution))
    assert [each.task_id for each in held.status.tasks if each.status == 3] == ["approval"]
    await api.runner.resumeExecution(resume)
    last = await api.follow(execution)
    assert last.status.phase == COMPLETED
    for call, again in ((api.runner.pauseExecution, pause), (api.runner.resumeExecution, resume)):
        with refused("FAILED_PRECONDITION", "has ended"):
            await call(again)
        with refused("NOT_FOUND", "wex-none"):
            await call(type(again)(execution_id="wex-none"))


async def test_what_is_paused_can_be_cancelled(api: Api) -> None:
    flow = await api.workflow.apply(workflow("Held", listen_task("approval", "approve"), set_task("after")))
    execution = (await api.workflow_execution.create(workflow_execution(flow.metadata.id))).metadata.id
    await api.runner.pauseExecution(PauseExecutionRequest(execution_id=execution))
    await api.control.signal(SignalRequest(execution_id=execution, signal_id="approve"))
    await api.runner.cancelExecution(CancelExecutionRequest(execution_id=execution))
    assert (await api.follow(execution)).status.phase == CANCELLED


async def test_the_runner_service_starts_what_is_started_already(api: Api, refused: Refused) -> None:
    execution = await waiting(api)
    reply = await api.runner.executeAsync(WorkflowExecuteInput(workflow_execution_id=execution))
    assert reply.workflow_execution_id == execution
    assert reply.status in ("pending", "running")
    assert reply.message
    with refused("INVALID_ARGUMENT", "workflow_execution_id"):
        await api.runner.executeAsync(WorkflowExecuteInput())
    with refused("NOT_FOUND", "wex-none"):
        await api.runner.executeAsync(WorkflowExecuteInput(workflow_execution_id="wex-none"))
    with refused("UNIMPLEMENTED", "deploy it"):
        await api.runner.executeAsync(
            WorkflowExecuteInput(workflow_execution_id=execution, workflow_yaml="document: {}")
        )


async def test_a_client_that_reports_the_end_stops_the_execution(api: Api) -> None:
    execution = await waiting(api)
    report = WorkflowExecutionUpdateStatusInput(execution_id=execution)
    report.status.phase = CANCELLED  # type: ignore[assignment]  # an enum's number
    report.status.error = "enough"
    assert (await api.workflow_execution.updateStatus(report)).status.phase == CANCELLED
    last = await api.follow(execution)
    assert (last.status.phase, last.status.error) == (CANCELLED, "enough")
    described = await api.daemon.describe(DescribeRequest())
    assert described.live_executions == 0


async def test_signal(api: Api, refused: Refused) -> None:
    listen = listen_task("approval", "approve")
    flow = await api.workflow.apply(workflow("Listening", listen))
    execution = (await api.workflow_execution.create(workflow_execution(flow.metadata.id))).metadata.id
    request = SignalRequest(execution_id=execution, signal_id="approve")
    request.payload.struct_value["by"] = "me"
    await api.control.signal(request)
    last = await api.follow(execution)
    assert last.status.phase == COMPLETED
    with refused("FAILED_PRECONDITION", "has ended"):
        await api.control.signal(request)
    with refused("NOT_FOUND"):
        await api.control.signal(SignalRequest(execution_id="wex-none", signal_id="approve"))


async def test_update_changes_names_and_tags_only(api: Api, refused: Refused) -> None:
    execution = await waiting(api)
    edited = await api.workflow_execution.get(WorkflowExecutionId(value=execution))
    edited.metadata.name, edited.metadata.slug = "renamed", "other"
    edited.metadata.labels["team"] = "core"
    edited.spec.trigger_message = "changed"
    updated = await api.workflow_execution.update(edited)
    assert (updated.metadata.name, updated.metadata.labels["team"]) == ("renamed", "core")
    assert (updated.metadata.slug, updated.spec.trigger_message) == ("execution-1", "")
    edited.metadata.id = "wex-none"
    with refused("NOT_FOUND"):
        await api.workflow_execution.update(edited)


async def test_an_external_runner_reports(api: Api, refused: Refused) -> None:
    execution = await waiting(api)
    report = WorkflowExecutionUpdateStatusInput(execution_id=execution)
    report.status.tasks.add(task_id="theirs", task_name="theirs", status=3)
    merged = await api.workflow_execution.updateStatus(report)
    assert "theirs" in [each.task_id for each in merged.status.tasks]
    with refused("INVALID_ARGUMENT", "status"):
        await api.workflow_execution.updateStatus(WorkflowExecutionUpdateStatusInput(execution_id=execution))
    report.execution_id = "wex-none"
    with refused("NOT_FOUND", "wex-none"):
        await api.workflow_execution.updateStatus(report)


async def test_delete_stops_it_first(api: Api, refused: Refused) -> None:
    execution = await waiting(api)
    deleted = await api.workflow_execution.delete(ApiResourceId(value=execution))
    assert deleted.status.phase == CANCELLED
    with refused("NOT_FOUND", execution):
        await api.workflow_execution.get(WorkflowExecutionId(value=execution))
    with refused("NOT_FOUND", execution):
        await api.follow(execution)


async def test_following_what_is_not_there(api: Api, refused: Refused) -> None:
    with refused("NOT_FOUND", "WorkflowExecution not found: wex-none"):
        await api.follow("wex-none")
    with refused("INVALID_ARGUMENT", "execution_id"):
        await api.follow("")


async def test_a_follower_that_leaves_disturbs_nobody(api: Api) -> None:
    execution = await waiting(api)
    call = api.workflow_execution.subscribe(SubscribeWorkflowExecutionRequest(execution_id=execution))
    assert (await call.read()).metadata.id == execution
    call.cancel()
    await api.control.cancel(CancelRequest(execution_id=execution, wait_seconds=5))
    assert (await api.follow(execution)).status.phase == CANCELLED


async def test_a_child_workflow_is_an_execution_of_its_own(api: Api) -> None:
    await api.workflow.apply(workflow("Child", set_task("inner", text="from the child")))
    run = task("call", "RUN", {"workflow": "child", "input": {"a": 1}})
    parent = await api.workflow.apply(workflow("Parent", run))
    execution = await api.workflow_execution.create(workflow_execution(parent.metadata.id))
    assert (await api.follow(execution.metadata.id)).status.phase == COMPLETED
    entries = (await api.workflow_execution.list(ListWorkflowExecutionsRequest())).entries
    (child,) = [entry for entry in entries if entry.metadata.id != execution.metadata.id]
    assert child.metadata.annotations["devloop.stigmer.ai/parent"].startswith(f"{execution.metadata.id}/call")
    assert child.spec.trigger_message == '{"a": 1}'


async def test_a_child_that_does_not_exist_fails_the_task(api: Api) -> None:
    parent = await api.workflow.apply(workflow("Parent", task("call", "RUN", {"workflow": "nobody"})))
    execution = await api.workflow_execution.create(workflow_execution(parent.metadata.id))
    last = await api.follow(execution.metadata.id)
    assert last.status.phase == FAILED
    assert '"nobody"' in last.status.error


async def test_a_context_made_for_what_has_ended_goes_at_the_next_start(
    open_world: OpenWorld, tmp_path: Path
) -> None:
    async with open_world(tmp_path) as world:
        flow = await world.api.workflow.apply(workflow())
        execution = (
            await world.api.workflow_execution.create(workflow_execution(flow.metadata.id))
        ).metadata.id
        await world.api.follow(execution)
        late = ExecutionContext(
            api_version=V1,
            kind="ExecutionContext",
            metadata={"name": "late"},
            spec={"execution_id": execution},
        )
        await gone(world, f"context-of-{execution}")
        await world.api.context.create(late)
    async with open_world(tmp_path) as world:
        await gone(world, "late")


async def test_it_goes_on_after_a_restart(open_world: OpenWorld, tmp_path: Path) -> None:
    listen = listen_task("approval", "approve")
    async with open_world(tmp_path) as world:
        flow = await world.api.workflow.apply(
            workflow("Listening", set_task("before"), listen, set_task("after"))
        )
        execution = (
            await world.api.workflow_execution.create(workflow_execution(flow.metadata.id))
        ).metadata.id
        async for snapshot in world.api.workflow_execution.subscribe(
            SubscribeWorkflowExecutionRequest(execution_id=execution)
        ):
            if len(snapshot.status.tasks) == 2:
                break
    async with open_world(tmp_path) as world:
        context = ApiResourceReference(slug=f"context-of-{execution}")
        assert (await world.api.context.getByReference(context)).spec.execution_id == execution
        await world.api.control.signal(SignalRequest(execution_id=execution, signal_id="approve"))
        last = await world.api.follow(execution)
        assert last.status.phase == COMPLETED
        assert [each.task_name for each in last.status.tasks] == ["before", "approval", "after"]
        await gone(world, f"context-of-{execution}")
