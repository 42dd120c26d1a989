"""D9: whatever is sent, the answer says whose fault it is, and the log has no traceback of it."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import grpc
import pytest
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.struct_pb2 import ListValue, Struct, Value

from stigmer_api.devloop_pb2 import SignalRequest
from stigmer_api.workflowexecution_pb2 import ListWorkflowExecutionsRequest
from tests.attacks.raw import Answer, Raw, address_of, all_methods, at, log_of, path_of, paths_to, raw_client
from tests.support.api import Api, workflow, workflow_execution
from tests.support.paths import ROOT
from tests.support.tasks import listen_task, task, wait_task
from tests.support.world import World

METHODS = all_methods()
INVALID = grpc.StatusCode.INVALID_ARGUMENT
SIGNAL = "/stigmer.devloop.v1.ExecutionControl/signal"
APPLY = "/ai.stigmer.agentic.workflow.v1.WorkflowCommandController/apply"

# What no protobuf parser takes, whichever message it expects.
UNDECODABLE = {
    "a length beyond the end": b"\x0a\x22a",
    "cut in the middle of a tag": b"\xff\xff\xff",
    "a wire type that there is not": b"\x0f\x01",
    "the end of a group that did not begin": b"\x0c",
    "a number that does not end": b"\x08" + b"\xff" * 11,
}


@pytest.fixture
def raw(shared: World) -> Iterator[Raw]:
    """All that a test sends leaves no traceback, and no bug, in the log."""
    with raw_client(shared) as raw:
        before = len(log_of(shared))
        yield raw
        said = log_of(shared)[before:]
        assert "Traceback" not in said
        assert "Error" not in said, said


@pytest.mark.parametrize("what", UNDECODABLE)
def test_bytes_that_are_no_message_are_the_callers_fault(raw: Raw, what: str) -> None:
    for method in METHODS:
        answer = raw.call(path_of(method), UNDECODABLE[what])
        assert answer.code is INVALID, (method.full_name, answer)
        assert method.input_type.full_name in answer.text
        assert "incomplete or garbled" in answer.text


def test_text_that_is_not_utf8(raw: Raw) -> None:
    answer = raw.call(APPLY, b"\x0a\x02\xff\xfe")
    assert (answer.code, "not UTF-8" in answer.text) == (INVALID, True)


def test_a_call_without_a_message(raw: Raw) -> None:
    for method in METHODS:
        if not method.client_streaming:
            answer = raw.call(path_of(method))
            assert (answer.code, "has no message" in answer.text) == (INVALID, True), method.full_name


def test_a_message_that_is_too_big(raw: Raw) -> None:
    for method in one_of_each_shape():
        answer = raw.call(path_of(method), b"\x0a" + bytes(11 << 20))
        assert answer.code is grpc.StatusCode.RESOURCE_EXHAUSTED, (method.full_name, answer)


def one_of_each_shape() -> list[MethodDescriptor]:
    """One answer, many answers, many of both."""
    return list({(method.client_streaming, method.server_streaming): method for method in METHODS}.values())


def test_a_big_message_that_asks_for_a_stream_would_stay_as_long_as_that(raw: Raw) -> None:
    padding = b"\xfa\x7f" + b"\x80\x80\x08" + bytes(1 << 17)  # a field that is unknown
    for method in METHODS:
        if method.server_streaming and not method.client_streaming:
            answer = raw.call(path_of(method), padding)
            assert (answer.code, "are enough here" in answer.text) == (INVALID, True), method.full_name


@pytest.mark.parametrize(
    "path", ["/no.Service/get", "/ai.stigmer.agentic.agent.v1.AgentQueryController/steal", "/", "//", "/a"]
)
def test_methods_that_there_are_not(raw: Raw, path: str) -> None:
    assert raw.call(path, b"\xff").code is grpc.StatusCode.UNIMPLEMENTED


HOLDERS = {
    "google.protobuf.Struct": lambda number: Struct(fields={"a": Value(list_value=listed(number))}),
    "google.protobuf.Value": lambda number: Value(list_value=listed(number)),
}


def listed(number: float) -> ListValue:
    return ListValue(values=[Value(number_value=1), Value(number_value=number)])


def test_numbers_that_json_does_not_have(raw: Raw) -> None:
    tried = 0
    for method in METHODS:
        for type_name, made in HOLDERS.items():
            for path in paths_to(method.input_type, type_name):
                for number in (math.nan, math.inf, -math.inf):
                    request = GetMessageClass(method.input_type)()
                    obey(request)
                    at(request, path).CopyFrom(made(number))
                    answer = raw.call(path_of(method), request.SerializeToString())
                    assert answer.code is INVALID, (method.full_name, path, answer)
                    assert path[-1] in answer.text
                    assert f"must be a finite number, is {number}" in answer.text, answer.text
                    tried += 1
    assert tried > 50


def test_moments_outside_of_the_calendar(raw: Raw) -> None:
    tried = 0
    for method in METHODS:
        for path in paths_to(method.input_type, "google.protobuf.Timestamp"):
            for seconds, nanos in ((1 << 62, 0), (-(1 << 62), 0), (0, -1), (0, 2_000_000_000)):
                request = GetMessageClass(method.input_type)()
                moment = at(request, path)
                moment.seconds, moment.nanos = seconds, nanos
                answer = raw.call(path_of(method), request.SerializeToString())
                assert answer.code is INVALID, (method.full_name, path, answer)
                assert "years 1 to 9999" in answer.text, answer.text
                tried += 1
    assert tried > 50


def obey(request: Any) -> None:
    """The rules that a validation error would tell first: there is room for few errors only."""
    for name in ("execution_id", "signal_id"):
        if name in request.DESCRIPTOR.fields_by_name:
            setattr(request, name, "x")


@pytest.mark.parametrize("levels", [20, 48, 49, 60, 5000])
def test_nesting_is_taken_or_refused(raw: Raw, levels: int) -> None:
    """What is taken can be given back: as part of a list, too."""
    answer = raw.call(SIGNAL, signal_of(deep(levels)))
    if levels < 49:  # well read: it is the execution that is not there
        assert answer.code is grpc.StatusCode.NOT_FOUND
    else:
        assert (answer.code, "nested deeper than 97 levels" in answer.text) == (INVALID, True), answer


def deep(levels: int) -> bytes:
    """A Value of lists in lists, by hand: the libraries refuse to write it."""
    value = b"\x11" + bytes(8)
    for _ in range(levels):
        value = field(6, field(1, value))
    return value


def field(number: int, content: bytes) -> bytes:
    length, written = len(content), bytearray()
    while length > 127:
        written.append(length & 127 | 128)
        length >>= 7
    return bytes([number << 3 | 2, *written, length]) + content


def signal_of(payload: bytes) -> bytes:
    return SignalRequest(execution_id="none", signal_id="s").SerializeToString() + field(3, payload)


def test_what_is_as_deep_as_may_be_can_be_listed(raw: Raw) -> None:
    """A list is a message around it. The libraries would tell a client that cannot read its answer."""
    api = Api(raw.channel)  # type: ignore[arg-type]
    made = api.workflow.apply(workflow("Deep", wait_task()))
    execution_id = api.workflow_execution.create(workflow_execution(made.metadata.id)).metadata.id
    report = "/ai.stigmer.agentic.workflowexecution.v1.WorkflowExecutionCommandController/updateStatus"
    codes = []
    for levels in range(40, 50):
        output = field(1, field(1, b"a") + field(2, deep(levels)))  # a Struct with one entry
        for status in (field(3, output), field(2, field(1, b"t") + field(5, output))):  # its own, a task's
            request = field(1, execution_id.encode()) + field(2, status)
            codes.append(raw.call(report, request).code)
        listed = api.workflow_execution.list(ListWorkflowExecutionsRequest(page_size=1))
        assert listed.entries[0].metadata.id == execution_id
    assert set(codes) == {grpc.StatusCode.OK, INVALID}


ODD_VALUES: dict[str, Callable[[], Value]] = {
    "a value of no kind": Value,
    "a list of values of no kind": lambda: Value(list_value=ListValue(values=[Value(), Value()])),
    "an empty name": lambda: Value(struct_value=Struct(fields={"": Value(string_value="")})),
    "NUL": lambda: Value(struct_value=Struct(fields={"a\0b": Value(string_value="\0")})),
    "signs that are none": lambda: Value(string_value="\ufffe\uffff\U0010ffff"),
    "numbers at the edge": lambda: Value(list_value=listed(1.7976931348623157e308)),
    "the smallest number": lambda: Value(number_value=5e-324),
    "a name of 100,000 signs": lambda: Value(struct_value=Struct(fields={"x" * 100_000: Value()})),
}


@pytest.mark.parametrize("what", ODD_VALUES)
def test_odd_values_go_through_a_workflow_and_come_back(shared: World, raw: Raw, what: str) -> None:
    api = Api(raw.channel)  # type: ignore[arg-type]
    listen = listen_task("hear", "s")
    keep = task("keep", "SET", {"variables": {"heard": "${ . }"}})
    made = api.workflow.apply(workflow(f"Odd {len(what)}", listen, keep))
    execution = api.workflow_execution.create(workflow_execution(made.metadata.id))
    request = SignalRequest(execution_id=execution.metadata.id, signal_id="s", payload=ODD_VALUES[what]())
    api.control.signal(request)
    last = last_of(api, execution.metadata.id)
    assert last.status.phase == 3, last.status.error
    type(last).FromString(last.SerializeToString())


HOLLOW = [
    r'{"a": "\ud800"}',
    r'{"\udfff": 1}',
    r'"\ud800"',
    '{"a": ' + "9" * 5000 + "}",
    "[" * 50_000,
    "NaN",
    '{"a": NaN, "b": -Infinity}',
    '{"a": "\\u0000", "\\u0000": 1}',
]


@pytest.mark.parametrize("text", HOLLOW, ids=range(len(HOLLOW)))
def test_a_message_whose_json_nothing_can_hold(raw: Raw, text: str) -> None:
    api = Api(raw.channel)  # type: ignore[arg-type]
    made = api.workflow.apply(workflow("Keeps", task("keep", "SET", {"variables": {"all": "${ $input }"}})))
    execution = api.workflow_execution.create(workflow_execution(made.metadata.id, trigger_message=text))
    last = last_of(api, execution.metadata.id)
    assert last.status.phase in (3, 4)
    assert "bug" not in last.status.error


def last_of(api: Api, execution_id: str) -> Any:
    from stigmer_api.workflowexecution_pb2 import SubscribeWorkflowExecutionRequest

    request = SubscribeWorkflowExecutionRequest(execution_id=execution_id)
    return list(api.workflow_execution.subscribe(request))[-1]


METADATA = [
    [("stigmer-shell-bin", b"\xff\xfe")],
    [("stigmer-shell-bin", b"[" * 4000)],
    [("stigmer-shell-bin", json.dumps({"ANTHROPIC_API_KEY": "\ud800"}).encode())],
    [("stigmer-shell-bin", b'{"A": 1}')],
    [("stigmer-partial", "1"), ("stigmer-partial", "1")],
]


@pytest.mark.parametrize("metadata", METADATA, ids=range(len(METADATA)))
def test_metadata_that_is_not_what_it_should_be(raw: Raw, metadata: list[tuple[str, Any]]) -> None:
    api = Api(raw.channel)  # type: ignore[arg-type]
    made = api.workflow.apply(workflow("Told", wait_task()))
    request = workflow_execution(made.metadata.id).SerializeToString()
    path = "/ai.stigmer.agentic.workflowexecution.v1.WorkflowExecutionCommandController/create"
    answer = raw.call(path, request, metadata=metadata)
    assert answer.code in (grpc.StatusCode.OK, INVALID), answer


def test_clients_that_vanish_leave_no_word_in_the_log(world: World) -> None:
    """Killed in the middle of a stream, and in the middle of a call that waits for its answer."""
    address = address_of(world)
    rounds = {
        "name": "turn",
        "kind": "WORKFLOW_TASK_KIND_SET",
        "task_config": {"variables": {"a": "${ .i }"}},
    }
    loop = task("loop", "FOR", {"each": "i", "in": "${ [range(2000)] }", "do": [rounds]})
    with grpc.insecure_channel(address) as channel:
        api = Api(channel)  # type: ignore[arg-type]
        made = api.workflow.apply(workflow("Busy", loop, wait_task()))
        execution = api.workflow_execution.create(workflow_execution(made.metadata.id))
        before = log_of(world)
        for _ in range(3):
            killed_in_the_middle(address, execution.metadata.id)
            execution = api.workflow_execution.create(workflow_execution(made.metadata.id))
        # What was said to them is over when their connections are, and ours came later.
        assert api.workflow.get(made_id(made)).metadata.id == made.metadata.id
    done = world.run("server", "stop")
    assert done.code == 0, done.text
    said = log_of(world).removeprefix(before)
    assert "Traceback" not in said, said
    assert "Error" not in said, said


def made_id(made: Any) -> Any:
    from stigmer_api.workflow_pb2 import WorkflowId

    return WorkflowId(value=made.metadata.id)


def killed_in_the_middle(address: str, execution_id: str) -> None:
    command = [sys.executable, "-m", "tests.attacks.clients", address, execution_id, "60", "10"]
    environ = {**os.environ, "PYTHONPATH": f"{ROOT / 'protos'}:{ROOT}"}
    with subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        process.kill()


def test_the_answers_above_are_whole(raw: Raw) -> None:
    """A refusal of gRPC's own would have a text, but none of ours."""
    answer: Answer = raw.call(path_of(method_named("describe")), b"")
    assert answer.code is grpc.StatusCode.OK


def method_named(name: str) -> MethodDescriptor:
    return next(method for method in METHODS if method.name == name)
