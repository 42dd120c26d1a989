from google.protobuf import struct_pb2 as _struct_pb2
from stigmer_api import rules_pb2 as _rules_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ListQuestionsRequest(_message.Message):
    __slots__ = ("execution_id",)
    EXECUTION_ID_FIELD_NUMBER: _ClassVar[int]
    execution_id: str
    def __init__(self, execution_id: _Optional[str] = ...) -> None: ...

class ListQuestionsReply(_message.Message):
    __slots__ = ("questions",)
    QUESTIONS_FIELD_NUMBER: _ClassVar[int]
    questions: _containers.RepeatedCompositeFieldContainer[Question]
    def __init__(self, questions: _Optional[_Iterable[_Union[Question, _Mapping]]] = ...) -> None: ...

class Question(_message.Message):
    __slots__ = ("execution_id", "id", "kind", "call", "tool", "arguments", "about", "asked_at", "fingerprint", "within")
    EXECUTION_ID_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    CALL_FIELD_NUMBER: _ClassVar[int]
    TOOL_FIELD_NUMBER: _ClassVar[int]
    ARGUMENTS_FIELD_NUMBER: _ClassVar[int]
    ABOUT_FIELD_NUMBER: _ClassVar[int]
    ASKED_AT_FIELD_NUMBER: _ClassVar[int]
    FINGERPRINT_FIELD_NUMBER: _ClassVar[int]
    WITHIN_FIELD_NUMBER: _ClassVar[int]
    execution_id: str
    id: str
    kind: str
    call: str
    tool: str
    arguments: _struct_pb2.Struct
    about: _struct_pb2.Struct
    asked_at: str
    fingerprint: str
    within: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, execution_id: _Optional[str] = ..., id: _Optional[str] = ..., kind: _Optional[str] = ..., call: _Optional[str] = ..., tool: _Optional[str] = ..., arguments: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., about: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., asked_at: _Optional[str] = ..., fingerprint: _Optional[str] = ..., within: _Optional[_Iterable[str]] = ...) -> None: ...

class AnswerQuestionRequest(_message.Message):
    __slots__ = ("execution_id", "question_id", "action", "reason", "always", "content", "fingerprint", "by")
    class Action(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        ACTION_UNSPECIFIED: _ClassVar[AnswerQuestionRequest.Action]
        ACCEPT: _ClassVar[AnswerQuestionRequest.Action]
        DECLINE: _ClassVar[AnswerQuestionRequest.Action]
        CANCEL: _ClassVar[AnswerQuestionRequest.Action]
    ACTION_UNSPECIFIED: AnswerQuestionRequest.Action
    ACCEPT: AnswerQuestionRequest.Action
    DECLINE: AnswerQuestionRequest.Action
    CANCEL: AnswerQuestionRequest.Action
    EXECUTION_ID_FIELD_NUMBER: _ClassVar[int]
    QUESTION_ID_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ALWAYS_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    FINGERPRINT_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    execution_id: str
    question_id: str
    action: AnswerQuestionRequest.Action
    reason: str
    always: bool
    content: _struct_pb2.Struct
    fingerprint: str
    by: str
    def __init__(self, execution_id: _Optional[str] = ..., question_id: _Optional[str] = ..., action: _Optional[_Union[AnswerQuestionRequest.Action, str]] = ..., reason: _Optional[str] = ..., always: bool = ..., content: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., fingerprint: _Optional[str] = ..., by: _Optional[str] = ...) -> None: ...

class AnswerQuestionReply(_message.Message):
    __slots__ = ("question",)
    QUESTION_FIELD_NUMBER: _ClassVar[int]
    question: Question
    def __init__(self, question: _Optional[_Union[Question, _Mapping]] = ...) -> None: ...
