"""However much an execution says, it can be read."""

from __future__ import annotations

from google.protobuf.struct_pb2 import Struct

from stigmer_api.agentexecution_pb2 import AgentExecution
from stigmer_api.values import set_struct
from stigmer_api.workflowexecution_pb2 import WorkflowExecution
from stigmerd.executions.truncate import MOST_BYTES, truncate

MEBIBYTE = 1 << 20


def test_what_fits_is_left_alone() -> None:
    execution = WorkflowExecution()
    set_struct(execution.status.tasks.add(task_id="a").output, {"text": "x" * MEBIBYTE})
    before = execution.SerializeToString()
    truncate(execution)
    assert execution.SerializeToString() == before


def test_the_biggest_go_first_and_the_result_stays() -> None:
    execution = WorkflowExecution()
    for number in range(1, 6):
        task = execution.status.tasks.add(task_id=str(number), error="short")
        set_struct(task.output, {"text": "x" * (number * MEBIBYTE)})
    set_struct(execution.status.output, {"text": "y" * (5 * MEBIBYTE)})
    truncate(execution)
    assert execution.ByteSize() <= MOST_BYTES
    kept = ["text" in task.output for task in execution.status.tasks]
    assert kept == [True, True, False, False, False]
    assert dict(execution.status.tasks[4].output) == {"truncated": True, "bytes": 5 * MEBIBYTE + 21}
    assert "text" in execution.status.output


def test_many_small_ones() -> None:
    execution, value = WorkflowExecution(), Struct()
    set_struct(value, {"text": "x" * 500})
    for number in range(10_000):
        execution.status.tasks.add(task_id=f"loop[{number}]/step", input=value, output=value)
    truncate(execution)
    assert execution.ByteSize() <= MOST_BYTES


def test_an_agents_answer_stays_its_tools_results_do_not() -> None:
    execution = AgentExecution()
    message = execution.status.messages.add(content="asked")
    for calls in (execution.status.tool_calls, message.tool_calls):
        calls.add(id="c", result="ü" * (4 * MEBIBYTE))
    execution.status.messages.add(content="z" * (5 * MEBIBYTE))
    truncate(execution)
    assert execution.ByteSize() <= MOST_BYTES
    assert len(execution.status.messages[1].content) == 5 * MEBIBYTE
    assert execution.status.tool_calls[0].result == "ü" * 60 + "… (8,388,608 bytes: too long to show)"
