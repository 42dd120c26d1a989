"""Requests to every method, by chance: most are nearly good, so that they get far."""

from __future__ import annotations

import io
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.json_format import MessageToDict, SerializeToJsonError
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.text_format import MessageToString

from stigmer_api import rules_pb2, tasks_pb2
from stigmer_api.devloop_pb2 import ShutDownRequest
from stigmerd.resources.definitions import CONFIGS
from stigmerd.resources.kinds import KINDS
from tests.attacks.raw import all_methods, at, path_of, paths_to
from tests.fuzz import values

SHOWN_CHARACTERS = 4000
LIKELY_FIELD = 0.45
SAFE_KINDS = (1, 1, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13)  # no activity: it would run programs
WEIGHTS = {"delete": 0.3, "create": 2, "apply": 1.5, "updateStatus": 2}  # others: 1
MOST_KEPT = 100  # things of a kind that are known
EXECUTIONS = ("WorkflowExecution", "AgentExecution")
EITHER = ("session_id", "workflow_instance_id")  # or the id of an agent or a workflow
# Whose id is in a field of this name; of other names: that of the service.
OWNERS = {
    "agent_id": "Agent",
    "agent_instance_id": "AgentInstance",
    "session_id": "Session",
    "workflow_id": "Workflow",
    "workflow_instance_id": "WorkflowInstance",
}
JSON = ("google.protobuf.Struct", "google.protobuf.Value")
SHELLS = (b"\xff", b"{}", b"[" * 2000, b'{"A": "\\ud800"}', b'{"A": 1}')
UNKNOWN_PATHS = ("/", "/a", "//", "/no.Service/get", "/grpc.health.v1.Health/Lie", "/" + "x" * 3000)


@dataclass(frozen=True, slots=True)
class Request:
    """One call."""

    number: int
    path: str
    way: str
    messages: tuple[bytes, ...]
    metadata: tuple[tuple[str, Any], ...]
    method: MethodDescriptor | None

    def __str__(self) -> str:
        head = f"request {self.number}, {self.way}: {self.path} {dict(self.metadata) or ''}"
        return "\n".join([head, *map(self._shown, self.messages)])

    def _shown(self, data: bytes) -> str:
        shown = f"  bytes {data[:400].hex()}{'…' if len(data) > 400 else ''} ({len(data)})"
        if self.method is not None and data:
            try:
                text = MessageToString(GetMessageClass(self.method.input_type).FromString(data))
                shown += "\n  " + text[:SHOWN_CHARACTERS].replace("\n", "\n  ")
            except Exception as error:
                shown += f"\n  ({error})"
        return shown


class Known:
    """What is there, as answers told: a request that names it gets further. By the title of its kind."""

    def __init__(self) -> None:
        self.hidden: set[str] = set()  # not to be touched
        self._ids: defaultdict[str, list[str]] = defaultdict(list)
        self._slugs: defaultdict[str, list[str]] = defaultdict(list)
        self.artifacts: list[str] = []

    def learn(self, resource: Any) -> None:
        title, metadata = resource.DESCRIPTOR.name, resource.metadata
        if metadata.id and metadata.id not in self.hidden:
            _keep(self._ids[title], metadata.id)
            _keep(self._slugs[title], metadata.slug)
        if title == "Skill":
            _keep(self.artifacts, resource.status.artifact_storage_key)

    def forget(self, resource: Any) -> None:
        if resource.metadata.id in (ids := self._ids[resource.DESCRIPTOR.name]):
            ids.remove(resource.metadata.id)

    def id_of(self, title: str, random: Random) -> str:
        return random.choice(self._ids[title] or ["none"])

    def slug_of(self, title: str, random: Random) -> str:
        return random.choice(self._slugs[title] or ["none"])


def _keep(kept: list[str], new: str) -> None:
    if new and new not in kept:
        kept.append(new)
        del kept[:-MOST_KEPT]


class Requests:
    """The same seed and the same number give the same request, as far as ids do not differ."""

    def __init__(self, seed: int, known: Known, canary: str) -> None:
        self._seed = seed
        self._known = known
        self._canary = canary
        self._methods = all_methods()
        self._weights = [WEIGHTS.get(method.name, 1.0) for method in self._methods]

    def make(self, number: int) -> Request:
        random = Random(f"{self._seed}/{number}")
        if random.random() < 0.01:
            data = random.randbytes(random.randrange(50))
            return Request(number, random.choice(UNKNOWN_PATHS), "unknown", (data,), (), None)
        method = random.choices(self._methods, self._weights)[0]
        way, write = random.choices(
            (
                ("good", self._good),
                ("hostile in one place", self._spoilt_once),
                ("hostile in places", self._spoilt),
                ("hostile", self._hostile),
                ("garbled", self._garbled),
                ("noise", lambda random, _: random.randbytes(random.randrange(300))),
                ("empty", lambda random, _: b""),
            ),
            weights=(32, 24, 15, 6, 17, 4, 2),
        )[0]
        count = random.randrange(4) if method.client_streaming else 1
        try:
            messages = tuple(self._harmless(method, write(random, method)) for _ in range(count))
        except DecodeError:  # so deep that our own library does not copy it
            messages = (b"",)
        return Request(number, path_of(method), way, messages, tuple(_metadata(random)), method)

    def _harmless(self, method: MethodDescriptor, data: bytes) -> bytes:
        """Nothing that ends the backend."""
        if method.name != "shutdown":
            return data
        try:
            gentle = ShutDownRequest.FromString(data).only_if_idle
        except Exception:
            return data  # will be refused
        return data if gentle else ShutDownRequest(only_if_idle=True).SerializeToString()

    def _good(self, random: Random, method: MethodDescriptor) -> bytes:
        return self._filled(random, method, 0)

    def _spoilt_once(self, random: Random, method: MethodDescriptor) -> bytes:
        """All else is good, so that nothing else is refused first."""
        message = self._message(random, method, 0)
        json = [path for kind in JSON for path in paths_to(method.input_type, kind)]
        if json and random.random() < 0.5:
            place = at(message, random.choice(json))
            struct = place.DESCRIPTOR.name == "Struct"
            make = values.json_object if struct else values.json_value
            place.CopyFrom(make(random, hostile=True))
        elif leaves := list(_leaves(message)):
            owner, leaf = random.choice(leaves)
            setattr(owner, leaf.name, values.scalar(random, leaf, self._canary))
        return message.SerializeToString(deterministic=True)

    def _spoilt(self, random: Random, method: MethodDescriptor) -> bytes:
        return self._filled(random, method, random.choice((0.02, 0.06, 0.2)))

    def _hostile(self, random: Random, method: MethodDescriptor) -> bytes:
        return self._filled(random, method, 1)

    def _garbled(self, random: Random, method: MethodDescriptor) -> bytes:
        return values.garbled(random, self._good(random, method))

    def _filled(self, random: Random, method: MethodDescriptor, spoil: float) -> bytes:
        return self._message(random, method, spoil).SerializeToString(deterministic=True)

    def _message(self, random: Random, method: MethodDescriptor, spoil: float) -> Message:
        message = GetMessageClass(method.input_type)()
        title = next((each for each in TITLES if method.containing_service.name.startswith(each)), "")
        filler = Filler(random, self._known, title, self._canary, spoil)
        filler.names_known = method.name == "update"
        filler.fill(message)
        return message


def _leaves(message: Message) -> Iterator[tuple[Message, FieldDescriptor]]:
    """The fields in it that are set and hold one value that is no message."""
    for each, value in message.ListFields():
        if each.message_type is None:
            if not each.is_repeated:
                yield message, each
        elif not each.is_repeated:
            yield from _leaves(value)
        elif not each.message_type.GetOptions().map_entry:
            for child in value:
                yield from _leaves(child)


def _metadata(random: Random) -> Iterator[tuple[str, Any]]:
    if random.random() < 0.05:
        yield "stigmer-partial", random.choice(("1", "0", "x" * 100))
    if random.random() < 0.05:
        yield (
            "stigmer-shell-bin",
            random.choice((b"\xff", b"{}", b"[" * 2000, b'{"A": "\\ud800"}', b'{"A": 1}')),
        )
    if random.random() < 0.03:
        yield "authorization", random.choice(("Bearer x", "Bearer", ""))


def title_of(number: int) -> str:
    return KINDS[number].title if number in KINDS else "Environment"


TITLES = sorted((kind.title for kind in KINDS.values()), key=len, reverse=True)


class Filler:
    """Fills a message by its rules, and with what is known; `spoil` is the share of hostile values."""

    def __init__(self, random: Random, known: Known, title: str, canary: str, spoil: float) -> None:
        self._random = random
        self._known = known
        self.names_known = False  # its metadata names what is there
        self._title = title or random.choice(EXECUTIONS)  # of the kind that the service has
        self._canary = canary
        self._spoil = spoil

    def fill(self, message: Message, levels: int = 6) -> None:
        special = SPECIAL.get(message.DESCRIPTOR.full_name)
        if special is not None and not self._spoiling():
            special(self, message, levels)
            return
        chosen = self._chosen_members(message.DESCRIPTOR)
        for each in message.DESCRIPTOR.fields:
            must: Any = each.GetOptions().Extensions[rules_pb2.must]
            if each.containing_oneof is not None and each.name not in chosen:
                continue
            if self._spoiling() and self._random.random() < 0.3:
                continue  # left out
            if each.name in EITHER and self._random.random() < 0.6:
                continue
            if self._needed(each, must) or self._random.random() < LIKELY_FIELD:
                self._fill_field(message, each, must, levels)

    def _needed(self, each: FieldDescriptor, must: Any) -> bool:
        rules = must.required or must.const or must.min_len or must.min_items or must.pattern
        return bool(
            rules
            or tuple(getattr(must, "in"))
            or must.HasField("gte")
            or (each.name in OWNERS and self._random.random() < 0.8)
            or each.name in ("metadata", "spec", "message")
        )

    def _fill_field(self, message: Any, each: FieldDescriptor, must: Any, levels: int) -> None:
        if each.message_type is not None and each.message_type.GetOptions().map_entry:
            self._fill_map(getattr(message, each.name), each.message_type, levels)
        elif each.message_type is not None:
            if levels <= 0:
                return
            if not each.is_repeated:
                child = getattr(message, each.name)
                child.SetInParent()
                self.fill(child, levels - 1)
                if must.HasField("scope") and not self._spoiling():
                    child.owner_scope = self._random.choice(tuple(getattr(must.scope, "in")))
                return
            for _ in range(self._count(must.min_items)):
                child = getattr(message, each.name).add()
                self.fill(child, levels - 1)
                if must.HasField("item_kind") and not self._spoiling():
                    child.kind = self._random.choice(tuple(getattr(must.item_kind, "in")))
                    child.slug = self._known.slug_of(title_of(child.kind), self._random)
        elif each.is_repeated:
            getattr(message, each.name).extend(
                self._scalar(each, must) for _ in range(self._count(must.min_items))
            )
        else:
            setattr(message, each.name, self._scalar(each, must))

    def _fill_map(self, mapping: Any, entry: Descriptor, levels: int) -> None:
        content = entry.fields_by_name["value"]
        for _ in range(self._count(0)):
            name = values.text(self._random, self._canary) if self._spoiling() else self._plain()
            if content.message_type is None:
                mapping[name] = self._scalar(content, rules_pb2.Rules())
            else:
                self.fill(mapping[name], levels - 1)

    def _scalar(self, each: FieldDescriptor, must: Any) -> Any:
        if self._spoiling():
            return values.scalar(self._random, each, self._canary)
        if must.const:
            return must.const
        if allowed := tuple(getattr(must, "in")):
            return self._random.choice(allowed)
        if each.cpp_type == FieldDescriptor.CPPTYPE_STRING and each.type != FieldDescriptor.TYPE_BYTES:
            return self._text(each)
        return self._number(each, must)

    def _number(self, each: FieldDescriptor, must: Any) -> Any:
        match each.cpp_type:
            case FieldDescriptor.CPPTYPE_ENUM:
                return self._random.choice(list(each.enum_type.values_by_number))
            case FieldDescriptor.CPPTYPE_BOOL:
                return self._random.random() < 0.5
            case FieldDescriptor.CPPTYPE_STRING:
                return self._random.choice(ARTIFACTS)
            case FieldDescriptor.CPPTYPE_DOUBLE | FieldDescriptor.CPPTYPE_FLOAT:
                return self._random.choice((0.0, 0.01, 0.5, 1.0))
        least = int(must.gte) if must.HasField("gte") else 0
        return self._random.choice((least, 1, 2, 10))

    def _text(self, each: FieldDescriptor) -> str:
        name, known, random = each.name, self._known, self._random
        if name in OWNERS:
            return known.id_of(OWNERS[name], random)
        if name in ("id", "value", "resource_id", "execution_id"):
            return known.id_of(self._title, random)
        if name == "slug":
            return known.slug_of(self._title, random)
        if name == "artifact_storage_key":
            return random.choice(known.artifacts or ["none"])
        if name in ("uri", "url", "icon_url"):
            return random.choice(values.LOCAL_URLS)
        return FIXED[name] if name in FIXED else self._plain()

    def _plain(self) -> str:
        return self._random.choice(values.PLAIN_TEXTS)

    def _count(self, least: int) -> int:
        return max(least, self._random.choice((0, 1, 1, 2, 3)))

    def _spoiling(self) -> bool:
        return self._random.random() < self._spoil

    def _chosen_members(self, kind: Descriptor) -> set[str]:
        return {self._random.choice(oneof.fields).name for oneof in kind.oneofs}

    # What would be good only by a great chance.

    def struct(self, message: Any, levels: int) -> None:
        message.CopyFrom(values.json_object(self._random, hostile=self._spoiling()))

    def value(self, message: Any, levels: int) -> None:
        message.CopyFrom(values.json_value(self._random, hostile=self._spoiling()))

    def metadata(self, message: Any, levels: int) -> None:
        message.name = f"{self._plain()} {self._random.randrange(10 ** self._random.randrange(6))}"
        match 0 if self.names_known else self._random.randrange(5):
            case 0:
                message.id = self._known.id_of(self._title, self._random)
            case 1:
                message.id = f"own-{self._random.randrange(10**9)}"
        for _ in range(self._random.choice((0, 0, 1))):
            message.labels[self._plain()] = self._plain()
            message.annotations[self._plain()] = self._plain()
            message.tags.append(self._plain())

    def reference(self, message: Any, levels: int) -> None:
        message.slug = self._known.slug_of(self._title, self._random)
        message.version = self._random.choice(("", "", "latest", "v1"))

    def task(self, message: Any, levels: int) -> None:
        message.name = self._random.choice(("one", "two", "three", f"t{self._random.randrange(10**6)}"))
        message.kind = self._random.choice(SAFE_KINDS if levels > 0 else (1,))
        if message.kind == 1:
            message.task_config.update({"variables": {"a": self._plain(), "b": "${ .a }"}})
        else:
            config = CONFIGS[message.kind]()
            self.fill(config, levels - 1)
            with suppress(SerializeToJsonError, ValueError):  # our own library knows no such JSON
                message.task_config.update(MessageToDict(config, preserving_proto_field_name=True))
        if self._random.random() < 2 * self._spoil:
            inside = message.task_config.fields["variables"].struct_value.fields[self._plain()]
            inside.CopyFrom(values.json_value(self._random, hostile=True))
        if self._random.random() < 0.2:
            message.export.CopyFrom(type(message.export)(**{"as": "${ . }"}))

    def wait(self, message: Any, levels: int) -> None:
        message.seconds = self._random.choice((1, 1, 3600))

    def mcp_server(self, message: Any, levels: int) -> None:
        message.name = self._plain()
        if self._random.random() < 0.5:
            message.stdio.command = "false"
        else:
            message.http.url = self._random.choice(values.LOCAL_URLS)


SPECIAL: Mapping[str, Callable[[Filler, Any, int], None]] = {
    "google.protobuf.Struct": Filler.struct,
    "google.protobuf.Value": Filler.value,
    "ai.stigmer.commons.apiresource.ApiResourceMetadata": Filler.metadata,
    "ai.stigmer.commons.apiresource.ApiResourceReference": Filler.reference,
    "ai.stigmer.agentic.workflow.v1.WorkflowTask": Filler.task,
    "ai.stigmer.agentic.agent.v1.McpServerDefinition": Filler.mcp_server,
    tasks_pb2.WaitTaskConfig.DESCRIPTOR.full_name: Filler.wait,
}
FIXED = {
    "org": "",
    "page_token": "",
    "tag": "v1",
    "version": "1.0.0",
    "dsl": "1.0.0",
    "instructions": "Answer with care and be kind.",
    "in": "${ [1, 2] }",
    "when": "${ true }",
    "then": "end",
    "command": "false",
    "activity": "none",
}


def _zip(**files: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("_", "."), content)
    return packed.getvalue()


ARTIFACTS = (
    _zip(SKILL_md=b"# Be kind"),
    _zip(SKILL_md=b"# Be kind", a_txt=bytes(100_000)),
    _zip(a_txt=b""),
    _zip(SKILL_md=b"\xff"),
    _zip(SKILL_md=b"# Cut")[:-10],
    b"PK\3\4",
    b"",
)
