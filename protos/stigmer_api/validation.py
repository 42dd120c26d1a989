"""Does a message obey the rules written beside its fields?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from stigmer_api import rules_pb2

Finding = tuple[str, str]  # rule id, message
Rule = Callable[[Any], Finding | None]  # takes the field's value


class Violation(NamedTuple):
    """A rule that a field breaks."""

    field: str  # its path: `spec.tasks[0].name`
    rule_id: str
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message} [{self.rule_id}]"


def violations(message: Message) -> list[Violation]:
    """All of them, in the order of the fields; empty when the message is valid."""
    return list(_violations(message, ""))


def _violations(message: Message, prefix: str) -> Iterator[Violation]:
    plan = _plan(message.DESCRIPTOR)
    for oneof in plan.oneofs:
        if message.WhichOneof(oneof) is None:
            yield Violation(prefix + oneof, "required", "exactly one of its fields must be set")
    for check in plan.checks:
        yield from _field_violations(message, check, prefix + check.name)


def _field_violations(message: Message, check: _Check, path: str) -> Iterator[Violation]:
    present = message.HasField(check.name) if check.single_message else True
    value = getattr(message, check.name)
    if check.required and not (present if check.single_message else value):
        yield Violation(path, "required", "is required")
        return
    if not present:
        return
    for rule in check.rules:
        finding = rule(value)
        if finding is not None:
            yield Violation(path, *finding)
    if check.descend:
        for suffix, child in _children(value, check):
            yield from _violations(child, f"{path}{suffix}.")


def _children(value: Any, check: _Check) -> Iterator[tuple[str, Message]]:
    if check.single_message:
        yield "", value
    elif check.mapping:
        for key in sorted(value):
            yield f'["{key}"]', value[key]
    else:
        for index, child in enumerate(value):
            yield f"[{index}]", child


class _Check(NamedTuple):
    """What to look at in one field."""

    name: str
    single_message: bool
    mapping: bool
    required: bool
    descend: bool
    rules: tuple[Rule, ...]


class _Plan(NamedTuple):
    """What to look at in one type of message; types without rules have an empty plan."""

    oneofs: tuple[str, ...]
    checks: tuple[_Check, ...]


@cache
def _plan(descriptor: Descriptor) -> _Plan:
    if descriptor.file.package.startswith("google."):
        return _Plan((), ())
    return _Plan(
        tuple(oneof.name for oneof in descriptor.oneofs if _option(oneof, rules_pb2.one_required)),
        tuple(
            check
            for check in map(_check, descriptor.fields)
            if check.required or check.rules or check.descend
        ),
    )


def _check(field: FieldDescriptor) -> _Check:
    must: rules_pb2.Rules = _option(field, rules_pb2.must)
    content, mapping = field.message_type, False
    if content is not None and content.GetOptions().map_entry:
        content, mapping = content.fields_by_name["value"].message_type, True
    plan = _plan(content) if content is not None else None
    return _Check(
        name=field.name,
        single_message=field.message_type is not None and not field.is_repeated,
        mapping=mapping,
        required=must.required,
        descend=plan is not None and bool(plan.checks or plan.oneofs),
        rules=tuple(_rules(field, must)),
    )


def _option(owner: Any, extension: Any) -> Any:
    return owner.GetOptions().Extensions[extension]


def _rules(field: FieldDescriptor, must: rules_pb2.Rules) -> Iterator[Rule]:
    allowed = tuple(getattr(must, "in"))
    if must.const:
        yield partial(_const, must.const)
    if allowed:
        yield partial(_one_of, allowed)
    if must.min_len:
        yield partial(_at_least, must.min_len, "string.min_len", "characters")
    if must.max_len:
        yield partial(_at_most, must.max_len)
    if must.pattern:
        # RE2's `$` is the end of the text; Python's also matches before a last newline.
        yield partial(_pattern, re.compile(must.pattern.replace("$", r"\Z")), must.pattern)
    if must.uri:
        yield _absolute_uri
    if must.HasField("gte") or must.HasField("lte"):
        yield _range(field, must)
    if must.min_items:
        yield partial(_at_least, must.min_items, "repeated.min_items", "items")
    if must.defined_only and field.enum_type is not None:
        yield partial(_defined, frozenset(field.enum_type.values_by_number))
    if must.HasField("scope"):
        yield partial(_scope, must.scope.id, tuple(getattr(must.scope, "in")))
    if must.HasField("item_kind"):
        yield partial(_item_kind, must.item_kind.id, frozenset(getattr(must.item_kind, "in")))


def _const(wanted: str, value: str) -> Finding | None:
    return None if value == wanted else ("string.const", f'must be "{wanted}"')


def _one_of(allowed: tuple[str, ...], value: str) -> Finding | None:
    return (
        None if value in allowed else ("string.in", "must be one of " + ", ".join(f'"{a}"' for a in allowed))
    )


def _at_least(least: int, rule: str, unit: str, value: Any) -> Finding | None:
    return None if len(value) >= least else (rule, f"must have at least {least} {unit}, has {len(value)}")


def _at_most(most: int, value: str) -> Finding | None:
    return (
        None
        if len(value) <= most
        else ("string.max_len", f"must have at most {most} characters, has {len(value)}")
    )


def _pattern(pattern: re.Pattern[str], text: str, value: str) -> Finding | None:
    return None if pattern.search(value) else ("string.pattern", f"must match `{text}`")


def _absolute_uri(value: str) -> Finding | None:
    try:
        good = bool(urlsplit(value).scheme) and not re.search(r"\s", value)
    except ValueError:
        good = False
    return None if good else ("string.uri", "must be an absolute URI")


def _range(field: FieldDescriptor, must: rules_pb2.Rules) -> Rule:
    bounds = [bound for bound in ("gte", "lte") if must.HasField(bound)]
    kind = "float" if field.cpp_type == FieldDescriptor.CPPTYPE_FLOAT else "int32"
    words = {"gte": f"at least {must.gte:g}", "lte": f"at most {must.lte:g}"}
    finding = (f"{kind}.{'_'.join(bounds)}", "must be " + " and ".join(words[bound] for bound in bounds))
    least = must.gte if "gte" in bounds else float("-inf")
    most = must.lte if "lte" in bounds else float("inf")

    def within(value: float) -> Finding | None:
        return None if least <= value <= most else finding

    return within


def _defined(numbers: frozenset[int], value: int) -> Finding | None:
    return None if value in numbers else ("enum.defined_only", f"must be a defined value, is {value}")


SCOPES = ("unspecified", "platform", "organization", "identity_account")


def _scope(rule: str, allowed: tuple[int, ...], metadata: Any) -> Finding | None:
    if metadata.owner_scope in allowed:
        return None
    return rule, "owner_scope must be " + " or ".join(SCOPES[number] for number in allowed)


def _item_kind(rule: str, allowed: frozenset[int], references: Any) -> Finding | None:
    if all(reference.kind in allowed for reference in references):
        return None
    return rule, "every reference must have kind " + " or ".join(map(str, sorted(allowed)))
