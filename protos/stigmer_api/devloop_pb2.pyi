from google.protobuf import struct_pb2 as _struct_pb2
from stigmer_api import apiresourcekind_pb2 as _apiresourcekind_pb2
from stigmer_api import rules_pb2 as _rules_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CancelRequest(_message.Message):
    __slots__ = ("execution_id", "reason", "wait_seconds")
    EXECUTION_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    WAIT_SECONDS_FIELD_NUMBER: _ClassVar[int]
    execution_id: str
    reason: str
    wait_seconds: float
    def __init__(self, execution_id: _Optional[str] = ..., reason: _Optional[str] = ..., wait_seconds: _Optional[float] = ...) -> None: ...

class CancelReply(_message.Message):
    __slots__ = ("outcome",)
    class Outcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        OUTCOME_UNSPECIFIED: _ClassVar[CancelReply.Outcome]
        CANCELLED: _ClassVar[CancelReply.Outcome]
        STILL_RUNNING: _ClassVar[CancelReply.Outcome]
        ALREADY_FINISHED: _ClassVar[CancelReply.Outcome]
    OUTCOME_UNSPECIFIED: CancelReply.Outcome
    CANCELLED: CancelReply.Outcome
    STILL_RUNNING: CancelReply.Outcome
    ALREADY_FINISHED: CancelReply.Outcome
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    outcome: CancelReply.Outcome
    def __init__(self, outcome: _Optional[_Union[CancelReply.Outcome, str]] = ...) -> None: ...

class SignalRequest(_message.Message):
    __slots__ = ("execution_id", "signal_id", "payload")
    EXECUTION_ID_FIELD_NUMBER: _ClassVar[int]
    SIGNAL_ID_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    execution_id: str
    signal_id: str
    payload: _struct_pb2.Value
    def __init__(self, execution_id: _Optional[str] = ..., signal_id: _Optional[str] = ..., payload: _Optional[_Union[_struct_pb2.Value, _Mapping]] = ...) -> None: ...

class SignalReply(_message.Message):
    __slots__ = ("delivered",)
    DELIVERED_FIELD_NUMBER: _ClassVar[int]
    delivered: bool
    def __init__(self, delivered: bool = ...) -> None: ...

class PruneRequest(_message.Message):
    __slots__ = ("keep", "older_than_seconds", "dry_run")
    KEEP_FIELD_NUMBER: _ClassVar[int]
    OLDER_THAN_SECONDS_FIELD_NUMBER: _ClassVar[int]
    DRY_RUN_FIELD_NUMBER: _ClassVar[int]
    keep: int
    older_than_seconds: float
    dry_run: bool
    def __init__(self, keep: _Optional[int] = ..., older_than_seconds: _Optional[float] = ..., dry_run: bool = ...) -> None: ...

class PruneReply(_message.Message):
    __slots__ = ("executions", "sessions", "bytes_before", "bytes_after")
    EXECUTIONS_FIELD_NUMBER: _ClassVar[int]
    SESSIONS_FIELD_NUMBER: _ClassVar[int]
    BYTES_BEFORE_FIELD_NUMBER: _ClassVar[int]
    BYTES_AFTER_FIELD_NUMBER: _ClassVar[int]
    executions: int
    sessions: int
    bytes_before: int
    bytes_after: int
    def __init__(self, executions: _Optional[int] = ..., sessions: _Optional[int] = ..., bytes_before: _Optional[int] = ..., bytes_after: _Optional[int] = ...) -> None: ...

class WatchRequest(_message.Message):
    __slots__ = ("execution_id", "after", "requests", "after_request")
    EXECUTION_ID_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    REQUESTS_FIELD_NUMBER: _ClassVar[int]
    AFTER_REQUEST_FIELD_NUMBER: _ClassVar[int]
    execution_id: str
    after: int
    requests: bool
    after_request: int
    def __init__(self, execution_id: _Optional[str] = ..., after: _Optional[int] = ..., requests: bool = ..., after_request: _Optional[int] = ...) -> None: ...

class WatchReply(_message.Message):
    __slots__ = ("execution", "notes", "usage", "more", "requests")
    EXECUTION_FIELD_NUMBER: _ClassVar[int]
    NOTES_FIELD_NUMBER: _ClassVar[int]
    USAGE_FIELD_NUMBER: _ClassVar[int]
    MORE_FIELD_NUMBER: _ClassVar[int]
    REQUESTS_FIELD_NUMBER: _ClassVar[int]
    execution: bytes
    notes: _containers.RepeatedCompositeFieldContainer[Note]
    usage: TokenUsage
    more: bool
    requests: _containers.RepeatedCompositeFieldContainer[Note]
    def __init__(self, execution: _Optional[bytes] = ..., notes: _Optional[_Iterable[_Union[Note, _Mapping]]] = ..., usage: _Optional[_Union[TokenUsage, _Mapping]] = ..., more: bool = ..., requests: _Optional[_Iterable[_Union[Note, _Mapping]]] = ...) -> None: ...

class Note(_message.Message):
    __slots__ = ("number", "at", "thinking", "turn", "wait", "wait_over", "print", "gone", "asked", "http", "warned")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    THINKING_FIELD_NUMBER: _ClassVar[int]
    TURN_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    WAIT_OVER_FIELD_NUMBER: _ClassVar[int]
    PRINT_FIELD_NUMBER: _ClassVar[int]
    GONE_FIELD_NUMBER: _ClassVar[int]
    ASKED_FIELD_NUMBER: _ClassVar[int]
    HTTP_FIELD_NUMBER: _ClassVar[int]
    WARNED_FIELD_NUMBER: _ClassVar[int]
    number: int
    at: str
    thinking: Thinking
    turn: ModelTurn
    wait: Wait
    wait_over: WaitOver
    print: Print
    gone: Gone
    asked: ModelRequest
    http: HttpExchange
    warned: Warned
    def __init__(self, number: _Optional[int] = ..., at: _Optional[str] = ..., thinking: _Optional[_Union[Thinking, _Mapping]] = ..., turn: _Optional[_Union[ModelTurn, _Mapping]] = ..., wait: _Optional[_Union[Wait, _Mapping]] = ..., wait_over: _Optional[_Union[WaitOver, _Mapping]] = ..., print: _Optional[_Union[Print, _Mapping]] = ..., gone: _Optional[_Union[Gone, _Mapping]] = ..., asked: _Optional[_Union[ModelRequest, _Mapping]] = ..., http: _Optional[_Union[HttpExchange, _Mapping]] = ..., warned: _Optional[_Union[Warned, _Mapping]] = ...) -> None: ...

class Thinking(_message.Message):
    __slots__ = ("message", "call", "more")
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    CALL_FIELD_NUMBER: _ClassVar[int]
    MORE_FIELD_NUMBER: _ClassVar[int]
    message: int
    call: str
    more: str
    def __init__(self, message: _Optional[int] = ..., call: _Optional[str] = ..., more: _Optional[str] = ...) -> None: ...

class ModelTurn(_message.Message):
    __slots__ = ("message", "call", "model", "address", "usage", "finish_reason", "seconds")
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    CALL_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    USAGE_FIELD_NUMBER: _ClassVar[int]
    FINISH_REASON_FIELD_NUMBER: _ClassVar[int]
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    message: int
    call: str
    model: str
    address: str
    usage: TokenUsage
    finish_reason: str
    seconds: float
    def __init__(self, message: _Optional[int] = ..., call: _Optional[str] = ..., model: _Optional[str] = ..., address: _Optional[str] = ..., usage: _Optional[_Union[TokenUsage, _Mapping]] = ..., finish_reason: _Optional[str] = ..., seconds: _Optional[float] = ...) -> None: ...

class TokenUsage(_message.Message):
    __slots__ = ("input_tokens", "output_tokens", "cached_tokens", "cost_usd")
    INPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    CACHED_TOKENS_FIELD_NUMBER: _ClassVar[int]
    COST_USD_FIELD_NUMBER: _ClassVar[int]
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    cost_usd: float
    def __init__(self, input_tokens: _Optional[int] = ..., output_tokens: _Optional[int] = ..., cached_tokens: _Optional[int] = ..., cost_usd: _Optional[float] = ...) -> None: ...

class Wait(_message.Message):
    __slots__ = ("on", "task", "text", "hint", "seconds")
    ON_FIELD_NUMBER: _ClassVar[int]
    TASK_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    HINT_FIELD_NUMBER: _ClassVar[int]
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    on: str
    task: str
    text: str
    hint: str
    seconds: float
    def __init__(self, on: _Optional[str] = ..., task: _Optional[str] = ..., text: _Optional[str] = ..., hint: _Optional[str] = ..., seconds: _Optional[float] = ...) -> None: ...

class WaitOver(_message.Message):
    __slots__ = ("on", "task")
    ON_FIELD_NUMBER: _ClassVar[int]
    TASK_FIELD_NUMBER: _ClassVar[int]
    on: str
    task: str
    def __init__(self, on: _Optional[str] = ..., task: _Optional[str] = ...) -> None: ...

class Warned(_message.Message):
    __slots__ = ("text", "hint")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    HINT_FIELD_NUMBER: _ClassVar[int]
    text: str
    hint: str
    def __init__(self, text: _Optional[str] = ..., hint: _Optional[str] = ...) -> None: ...

class Print(_message.Message):
    __slots__ = ("source", "name", "stream", "task", "text", "call")
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    STREAM_FIELD_NUMBER: _ClassVar[int]
    TASK_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    CALL_FIELD_NUMBER: _ClassVar[int]
    source: str
    name: str
    stream: str
    task: str
    text: str
    call: str
    def __init__(self, source: _Optional[str] = ..., name: _Optional[str] = ..., stream: _Optional[str] = ..., task: _Optional[str] = ..., text: _Optional[str] = ..., call: _Optional[str] = ...) -> None: ...

class ModelRequest(_message.Message):
    __slots__ = ("message", "call", "model", "address", "instructions", "earlier", "messages", "tools_offered", "tools", "settings")
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    CALL_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    INSTRUCTIONS_FIELD_NUMBER: _ClassVar[int]
    EARLIER_FIELD_NUMBER: _ClassVar[int]
    MESSAGES_FIELD_NUMBER: _ClassVar[int]
    TOOLS_OFFERED_FIELD_NUMBER: _ClassVar[int]
    TOOLS_FIELD_NUMBER: _ClassVar[int]
    SETTINGS_FIELD_NUMBER: _ClassVar[int]
    message: int
    call: str
    model: str
    address: str
    instructions: Excerpt
    earlier: int
    messages: _containers.RepeatedCompositeFieldContainer[SentMessage]
    tools_offered: int
    tools: _containers.RepeatedCompositeFieldContainer[OfferedTool]
    settings: str
    def __init__(self, message: _Optional[int] = ..., call: _Optional[str] = ..., model: _Optional[str] = ..., address: _Optional[str] = ..., instructions: _Optional[_Union[Excerpt, _Mapping]] = ..., earlier: _Optional[int] = ..., messages: _Optional[_Iterable[_Union[SentMessage, _Mapping]]] = ..., tools_offered: _Optional[int] = ..., tools: _Optional[_Iterable[_Union[OfferedTool, _Mapping]]] = ..., settings: _Optional[str] = ...) -> None: ...

class SentMessage(_message.Message):
    __slots__ = ("role", "name", "call", "content")
    ROLE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    CALL_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    role: str
    name: str
    call: str
    content: Excerpt
    def __init__(self, role: _Optional[str] = ..., name: _Optional[str] = ..., call: _Optional[str] = ..., content: _Optional[_Union[Excerpt, _Mapping]] = ...) -> None: ...

class OfferedTool(_message.Message):
    __slots__ = ("name", "description", "schema")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    SCHEMA_FIELD_NUMBER: _ClassVar[int]
    name: str
    description: str
    schema: Excerpt
    def __init__(self, name: _Optional[str] = ..., description: _Optional[str] = ..., schema: _Optional[_Union[Excerpt, _Mapping]] = ...) -> None: ...

class Excerpt(_message.Message):
    __slots__ = ("text", "bytes", "left_out")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    BYTES_FIELD_NUMBER: _ClassVar[int]
    LEFT_OUT_FIELD_NUMBER: _ClassVar[int]
    text: str
    bytes: int
    left_out: int
    def __init__(self, text: _Optional[str] = ..., bytes: _Optional[int] = ..., left_out: _Optional[int] = ...) -> None: ...

class HttpExchange(_message.Message):
    __slots__ = ("source", "message", "call", "task", "attempt", "method", "url", "request_headers", "request_body", "status", "response_headers", "response_body", "error", "phases")
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    CALL_FIELD_NUMBER: _ClassVar[int]
    TASK_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    REQUEST_HEADERS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_BODY_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_HEADERS_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_BODY_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    PHASES_FIELD_NUMBER: _ClassVar[int]
    source: str
    message: int
    call: str
    task: str
    attempt: int
    method: str
    url: str
    request_headers: _containers.RepeatedCompositeFieldContainer[HttpHeader]
    request_body: Excerpt
    status: int
    response_headers: _containers.RepeatedCompositeFieldContainer[HttpHeader]
    response_body: Excerpt
    error: str
    phases: HttpPhases
    def __init__(self, source: _Optional[str] = ..., message: _Optional[int] = ..., call: _Optional[str] = ..., task: _Optional[str] = ..., attempt: _Optional[int] = ..., method: _Optional[str] = ..., url: _Optional[str] = ..., request_headers: _Optional[_Iterable[_Union[HttpHeader, _Mapping]]] = ..., request_body: _Optional[_Union[Excerpt, _Mapping]] = ..., status: _Optional[int] = ..., response_headers: _Optional[_Iterable[_Union[HttpHeader, _Mapping]]] = ..., response_body: _Optional[_Union[Excerpt, _Mapping]] = ..., error: _Optional[str] = ..., phases: _Optional[_Union[HttpPhases, _Mapping]] = ...) -> None: ...

class HttpHeader(_message.Message):
    __slots__ = ("name", "value")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    name: str
    value: str
    def __init__(self, name: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...

class HttpPhases(_message.Message):
    __slots__ = ("dns", "connect", "tls", "first_byte", "total")
    DNS_FIELD_NUMBER: _ClassVar[int]
    CONNECT_FIELD_NUMBER: _ClassVar[int]
    TLS_FIELD_NUMBER: _ClassVar[int]
    FIRST_BYTE_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    dns: float
    connect: float
    tls: float
    first_byte: float
    total: float
    def __init__(self, dns: _Optional[float] = ..., connect: _Optional[float] = ..., tls: _Optional[float] = ..., first_byte: _Optional[float] = ..., total: _Optional[float] = ...) -> None: ...

class Gone(_message.Message):
    __slots__ = ("notes", "bytes")
    NOTES_FIELD_NUMBER: _ClassVar[int]
    BYTES_FIELD_NUMBER: _ClassVar[int]
    notes: int
    bytes: int
    def __init__(self, notes: _Optional[int] = ..., bytes: _Optional[int] = ...) -> None: ...

class ListResourcesRequest(_message.Message):
    __slots__ = ("kinds", "org", "query", "page_size", "page_token")
    KINDS_FIELD_NUMBER: _ClassVar[int]
    ORG_FIELD_NUMBER: _ClassVar[int]
    QUERY_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    kinds: _containers.RepeatedScalarFieldContainer[_apiresourcekind_pb2.ApiResourceKind]
    org: str
    query: str
    page_size: int
    page_token: str
    def __init__(self, kinds: _Optional[_Iterable[_Union[_apiresourcekind_pb2.ApiResourceKind, str]]] = ..., org: _Optional[str] = ..., query: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListResourcesReply(_message.Message):
    __slots__ = ("items", "next_page_token", "total_count")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TOTAL_COUNT_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[ResourceSummary]
    next_page_token: str
    total_count: int
    def __init__(self, items: _Optional[_Iterable[_Union[ResourceSummary, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., total_count: _Optional[int] = ...) -> None: ...

class ResourceSummary(_message.Message):
    __slots__ = ("kind", "id", "slug", "name", "org", "description", "created_at", "updated_at", "annotations")
    class AnnotationsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    KIND_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    SLUG_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    ORG_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    UPDATED_AT_FIELD_NUMBER: _ClassVar[int]
    ANNOTATIONS_FIELD_NUMBER: _ClassVar[int]
    kind: _apiresourcekind_pb2.ApiResourceKind
    id: str
    slug: str
    name: str
    org: str
    description: str
    created_at: str
    updated_at: str
    annotations: _containers.ScalarMap[str, str]
    def __init__(self, kind: _Optional[_Union[_apiresourcekind_pb2.ApiResourceKind, str]] = ..., id: _Optional[str] = ..., slug: _Optional[str] = ..., name: _Optional[str] = ..., org: _Optional[str] = ..., description: _Optional[str] = ..., created_at: _Optional[str] = ..., updated_at: _Optional[str] = ..., annotations: _Optional[_Mapping[str, str]] = ...) -> None: ...

class DescribeRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class DescribeReply(_message.Message):
    __slots__ = ("version", "protocol", "pid", "started_at", "data_dir", "addresses", "live_executions", "idle_stop_seconds", "log_file")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    PROTOCOL_FIELD_NUMBER: _ClassVar[int]
    PID_FIELD_NUMBER: _ClassVar[int]
    STARTED_AT_FIELD_NUMBER: _ClassVar[int]
    DATA_DIR_FIELD_NUMBER: _ClassVar[int]
    ADDRESSES_FIELD_NUMBER: _ClassVar[int]
    LIVE_EXECUTIONS_FIELD_NUMBER: _ClassVar[int]
    IDLE_STOP_SECONDS_FIELD_NUMBER: _ClassVar[int]
    LOG_FILE_FIELD_NUMBER: _ClassVar[int]
    version: str
    protocol: int
    pid: int
    started_at: str
    data_dir: str
    addresses: _containers.RepeatedScalarFieldContainer[str]
    live_executions: int
    idle_stop_seconds: float
    log_file: str
    def __init__(self, version: _Optional[str] = ..., protocol: _Optional[int] = ..., pid: _Optional[int] = ..., started_at: _Optional[str] = ..., data_dir: _Optional[str] = ..., addresses: _Optional[_Iterable[str]] = ..., live_executions: _Optional[int] = ..., idle_stop_seconds: _Optional[float] = ..., log_file: _Optional[str] = ...) -> None: ...

class ShutDownRequest(_message.Message):
    __slots__ = ("only_if_idle",)
    ONLY_IF_IDLE_FIELD_NUMBER: _ClassVar[int]
    only_if_idle: bool
    def __init__(self, only_if_idle: bool = ...) -> None: ...

class ShutDownReply(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...
