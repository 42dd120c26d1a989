from stigmer_api import agentexecution_pb2 as _agentexecution_pb2
from stigmer_api import rules_pb2 as _rules_pb2
from stigmer_api import session_pb2 as _session_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ForkSessionRequest(_message.Message):
    __slots__ = ("session_id", "after", "before")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    BEFORE_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    after: str
    before: str
    def __init__(self, session_id: _Optional[str] = ..., after: _Optional[str] = ..., before: _Optional[str] = ...) -> None: ...

class UndoTurnsRequest(_message.Message):
    __slots__ = ("session_id", "turns")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    TURNS_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    turns: int
    def __init__(self, session_id: _Optional[str] = ..., turns: _Optional[int] = ...) -> None: ...

class UndoTurnsReply(_message.Message):
    __slots__ = ("undone", "left")
    UNDONE_FIELD_NUMBER: _ClassVar[int]
    LEFT_FIELD_NUMBER: _ClassVar[int]
    undone: _containers.RepeatedCompositeFieldContainer[SessionTurn]
    left: int
    def __init__(self, undone: _Optional[_Iterable[_Union[SessionTurn, _Mapping]]] = ..., left: _Optional[int] = ...) -> None: ...

class SessionHistoryRequest(_message.Message):
    __slots__ = ("session_id", "newest")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    NEWEST_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    newest: int
    def __init__(self, session_id: _Optional[str] = ..., newest: _Optional[int] = ...) -> None: ...

class SessionHistoryReply(_message.Message):
    __slots__ = ("turns", "forked_from", "total")
    TURNS_FIELD_NUMBER: _ClassVar[int]
    FORKED_FROM_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    turns: _containers.RepeatedCompositeFieldContainer[SessionTurn]
    forked_from: str
    total: int
    def __init__(self, turns: _Optional[_Iterable[_Union[SessionTurn, _Mapping]]] = ..., forked_from: _Optional[str] = ..., total: _Optional[int] = ...) -> None: ...

class SessionTurn(_message.Message):
    __slots__ = ("execution_id", "message", "answer", "phase", "error", "at", "undone", "inherited")
    EXECUTION_ID_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    PHASE_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    UNDONE_FIELD_NUMBER: _ClassVar[int]
    INHERITED_FIELD_NUMBER: _ClassVar[int]
    execution_id: str
    message: str
    answer: str
    phase: _agentexecution_pb2.ExecutionPhase
    error: str
    at: str
    undone: bool
    inherited: bool
    def __init__(self, execution_id: _Optional[str] = ..., message: _Optional[str] = ..., answer: _Optional[str] = ..., phase: _Optional[_Union[_agentexecution_pb2.ExecutionPhase, str]] = ..., error: _Optional[str] = ..., at: _Optional[str] = ..., undone: bool = ..., inherited: bool = ...) -> None: ...
