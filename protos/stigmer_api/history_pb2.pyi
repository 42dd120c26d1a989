from stigmer_api import apiresourcekind_pb2 as _apiresourcekind_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ListHistoryRequest(_message.Message):
    __slots__ = ("id_prefix", "phases", "target", "target_part", "since", "text", "top_only", "parents", "page_size", "page_token")
    ID_PREFIX_FIELD_NUMBER: _ClassVar[int]
    PHASES_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    TARGET_PART_FIELD_NUMBER: _ClassVar[int]
    SINCE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    TOP_ONLY_FIELD_NUMBER: _ClassVar[int]
    PARENTS_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    id_prefix: str
    phases: _containers.RepeatedScalarFieldContainer[int]
    target: str
    target_part: str
    since: str
    text: str
    top_only: bool
    parents: _containers.RepeatedScalarFieldContainer[str]
    page_size: int
    page_token: str
    def __init__(self, id_prefix: _Optional[str] = ..., phases: _Optional[_Iterable[int]] = ..., target: _Optional[str] = ..., target_part: _Optional[str] = ..., since: _Optional[str] = ..., text: _Optional[str] = ..., top_only: bool = ..., parents: _Optional[_Iterable[str]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListHistoryReply(_message.Message):
    __slots__ = ("items", "next_page_token")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[HistoryItem]
    next_page_token: str
    def __init__(self, items: _Optional[_Iterable[_Union[HistoryItem, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class HistoryItem(_message.Message):
    __slots__ = ("kind", "id", "org", "target_id", "target", "target_slug", "phase", "created_at", "started_at", "ended_at", "parent", "parent_task", "nested", "session", "message", "error", "annotations")
    class AnnotationsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    KIND_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    ORG_FIELD_NUMBER: _ClassVar[int]
    TARGET_ID_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    TARGET_SLUG_FIELD_NUMBER: _ClassVar[int]
    PHASE_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    STARTED_AT_FIELD_NUMBER: _ClassVar[int]
    ENDED_AT_FIELD_NUMBER: _ClassVar[int]
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PARENT_TASK_FIELD_NUMBER: _ClassVar[int]
    NESTED_FIELD_NUMBER: _ClassVar[int]
    SESSION_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    ANNOTATIONS_FIELD_NUMBER: _ClassVar[int]
    kind: _apiresourcekind_pb2.ApiResourceKind
    id: str
    org: str
    target_id: str
    target: str
    target_slug: str
    phase: int
    created_at: str
    started_at: str
    ended_at: str
    parent: str
    parent_task: str
    nested: int
    session: str
    message: str
    error: str
    annotations: _containers.ScalarMap[str, str]
    def __init__(self, kind: _Optional[_Union[_apiresourcekind_pb2.ApiResourceKind, str]] = ..., id: _Optional[str] = ..., org: _Optional[str] = ..., target_id: _Optional[str] = ..., target: _Optional[str] = ..., target_slug: _Optional[str] = ..., phase: _Optional[int] = ..., created_at: _Optional[str] = ..., started_at: _Optional[str] = ..., ended_at: _Optional[str] = ..., parent: _Optional[str] = ..., parent_task: _Optional[str] = ..., nested: _Optional[int] = ..., session: _Optional[str] = ..., message: _Optional[str] = ..., error: _Optional[str] = ..., annotations: _Optional[_Mapping[str, str]] = ...) -> None: ...
