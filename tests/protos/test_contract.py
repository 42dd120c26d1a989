"""Our descriptors are the contract: names, numbers, types, services, and nothing more."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor, FileDescriptor

from tests.support.contract import MODULES

CONTRACT: dict[str, Any] = json.loads((Path(__file__).parent / "contract.json").read_text())
TYPES = {
    number: name.removeprefix("TYPE_").lower()
    for name, number in vars(FieldDescriptor).items()
    if name.startswith("TYPE_")
}


def our_files() -> list[FileDescriptor]:
    return [module.DESCRIPTOR for module in MODULES]


def type_name(field: FieldDescriptor) -> str:
    if field.message_type is not None:
        return field.message_type.full_name
    return field.enum_type.full_name if field.enum_type is not None else TYPES[field.type]


def field_facts(field: FieldDescriptor) -> list[Any]:
    oneof = field.containing_oneof.name if field.containing_oneof else ""
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        key, value = (type_name(field.message_type.fields_by_name[part]) for part in ("key", "value"))
        return [field.name, field.number, f"map<{key},{value}>", "map", oneof]
    return [
        field.name,
        field.number,
        type_name(field),
        "repeated" if field.is_repeated else "optional",
        oneof,
    ]


def messages(descriptors: list[Descriptor], prefix: str = "") -> dict[str, list[Any]]:
    found = {}
    for descriptor in descriptors:
        if not descriptor.GetOptions().map_entry:
            name = prefix + descriptor.name
            found[name] = sorted(map(field_facts, descriptor.fields), key=lambda fact: fact[1])
            found |= messages(list(descriptor.nested_types), name + ".")
    return found


def facts(package: str) -> dict[str, Any]:
    files = [file for file in our_files() if file.package == package]
    return {
        "messages": messages([m for file in files for m in file.message_types_by_name.values()]),
        "enums": {
            enum.name: {value.name: value.number for value in enum.values}
            for file in files
            for enum in file.enum_types_by_name.values()
        },
        "services": {
            service.name: {
                method.name: [
                    method.input_type.full_name,
                    method.output_type.full_name,
                    method.server_streaming,
                ]
                for method in service.methods
            }
            for file in files
            for service in file.services_by_name.values()
        },
    }


@pytest.mark.parametrize("package", CONTRACT)
def test_package_is_as_in_the_contract(package: str) -> None:
    ours, theirs = facts(package), CONTRACT[package]
    theirs = {
        **theirs,
        "messages": {
            name: sorted(fields, key=lambda fact: fact[1]) for name, fields in theirs["messages"].items()
        },
    }
    for part in ("messages", "enums", "services"):
        assert ours[part] == theirs[part]


def test_we_add_only_packages_of_our_own() -> None:
    packages = {file.package for file in our_files()}
    assert packages - set(CONTRACT) == {"stigmer_rules", "stigmer.devloop.v1"}


def test_no_client_streams_and_only_proto3() -> None:
    for file in our_files():
        for service in file.services_by_name.values():
            assert not any(method.client_streaming for method in service.methods)
        for message in file.message_types_by_name.values():
            json_names = [field.json_name for field in message.fields]
            assert len(json_names) == len(set(json_names))
