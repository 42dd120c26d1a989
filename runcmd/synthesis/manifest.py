"""What did the project's program declare, and is it sound?"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path

from runcmd.errors import ProjectError
from runcmd.events import TargetKind
from runcmd.frozen import Frozen
from runcmd.resource import Resource, empty, key
from runcmd.synthesis.checks import Reference, SkillUse, references_of, skills_of
from runcmd.synthesis.documents import Document
from runcmd.synthesis.outside import Outside, outside_of
from runcmd.synthesis.packed_skills import PackedSkill, packed_skills
from stigmer_api.agent_options import calls_python
from stigmer_api.facts import (
    ALLOW_ANNOTATION,
    GENERATED_ANNOTATION,
    HASH_ANNOTATION,
    ORGANIZATION_SCOPE,
    PATH_ANNOTATION,
)
from stigmer_api.manifest_files import DEPENDENCIES, INPUTS
from stigmer_api.slugs import sdk_slug

EXTERNAL = ":external:"


class Declared(Frozen):
    """One agent or workflow of the project."""

    kind: TargetKind
    name: str
    slug: str
    description: str
    hash: str
    message: Resource
    skills: tuple[PackedSkill, ...] = ()  # that are pushed before it is deployed

    @property
    def key(self) -> str:
        return key(self.kind, self.slug)


class Uses(Frozen):
    """Files that a resource's programs are made of, which are started when it runs."""

    files: Mapping[Path, bytes]  # with a hash of the content
    everything: bool = False  # any file of the project may be one


class Manifest(Frozen):
    """All that a project declares, in the order of its code, agents first."""

    resources: tuple[Declared, ...]
    dependencies: Mapping[str, tuple[str, ...]]  # of keys, inside the project
    inputs: tuple[Path, ...] = ()  # files of the project that its program read
    listed: tuple[Path, ...] = ()  # directories of the project that its program listed
    remarks: tuple[tuple[str, str], ...] = ()  # on files, by their names: why each counts, or does not
    uses: Mapping[str, Uses] = field(default_factory=dict)  # by key; only a loop looks for it
    outside: Outside = Outside()
    references: tuple[Reference, ...] = ()  # to what others have deployed
    skills: tuple[SkillUse, ...] = ()
    documents: tuple[Document, ...] = ()  # of the files that --file names, all kinds; agents are above, too

    def count(self, kind: TargetKind) -> int:
        return sum(resource.kind is kind for resource in self.resources)


def parse(files: Mapping[str, bytes], annotations: Mapping[str, str]) -> Manifest:
    """Files by name, as the program wrote them; `annotations` are added to each resource."""
    resources = [
        _declared(kind, name, files, annotations)
        for kind in TargetKind
        for name in sorted(files, key=_natural)
        if re.fullmatch(rf"{kind.value}-\d+\.pb", name)
    ]
    _check_unique(resources)
    problems = [line for resource in resources for line in _violations(resource)]
    if problems:
        raise ProjectError(
            "what the project declares is not valid" if len(problems) > 1 else problems[0].strip(),
            code="E0309",
            details=problems if len(problems) > 1 else (),
            hint="fix it in the program that declares it",
        )
    inputs = inputs_of(files)
    return Manifest(
        resources=tuple(resources),
        dependencies=_dependencies(resources, _json_object(files, DEPENDENCIES)),
        inputs=tuple(map(Path, inputs.get("files", ()))),
        listed=tuple(map(Path, inputs.get("directories", ()))),
        outside=outside_of(inputs),
        references=references_of(files),
        skills=skills_of(files),
    )


def inputs_of(files: Mapping[str, bytes]) -> dict[str, list[str]]:
    """What the program read. Raises ProjectError."""
    return _json_object(files, INPUTS)


def _natural(name: str) -> tuple[int, str]:
    digits = re.search(r"\d+", name)
    return (int(digits[0]) if digits else 0, name)


def _declared(
    kind: TargetKind, file: str, files: Mapping[str, bytes], annotations: Mapping[str, str]
) -> Declared:
    from google.protobuf.message import DecodeError

    message = empty(kind)
    try:
        message.ParseFromString(files[file])
    except DecodeError as error:
        raise _not_a_manifest(kind, file) from error
    if message.kind != kind.title:
        raise _not_a_manifest(kind, file)
    if not message.metadata.name:
        raise ProjectError(f"the {kind.value} in {file} has no name", code="E0309", hint="give it one")
    message.ClearField("status")
    message.metadata.annotations.pop(GENERATED_ANNOTATION, None)
    message.metadata.annotations.pop(HASH_ANNOTATION, None)
    message.metadata.annotations.pop(ALLOW_ANNOTATION, None)  # the project says it, not its program
    message.metadata.annotations.update(annotations)
    if not calls_python(message.metadata.annotations):
        message.metadata.annotations.pop(PATH_ANNOTATION, None)  # nothing of it runs Python
    if not message.metadata.owner_scope:
        message.metadata.owner_scope = ORGANIZATION_SCOPE  # type: ignore[assignment]  # an enum's number
    digest = hashlib.blake2b(message.SerializeToString(deterministic=True), digest_size=16).hexdigest()
    message.metadata.annotations[HASH_ANNOTATION] = digest
    return Declared(
        kind=kind,
        name=message.metadata.name,
        slug=message.metadata.slug or sdk_slug(message.metadata.name),
        description=message.spec.description,
        hash=digest,
        message=message,
        skills=packed_skills(message, files) if kind is TargetKind.AGENT else (),
    )


def _not_a_manifest(kind: TargetKind, file: str) -> ProjectError:
    return ProjectError(
        f"{file} does not hold a manifest of kind {kind.title}",
        code="E0312",
        hint="the program and this command may use different versions of the SDK",
    )


def _check_unique(resources: Sequence[Declared]) -> None:
    seen: dict[str, Declared] = {}
    for resource in resources:
        other = seen.setdefault(resource.key, resource)
        if other is not resource:
            names = " and ".join(dict.fromkeys(f'"{one.name}"' for one in (other, resource)))
            raise ProjectError(
                f"two {resource.kind.value}s of the project have the slug {resource.slug}: {names}",
                code="E0310",
                hint="rename one of them",
            )


def _violations(resource: Declared) -> list[str]:
    from stigmer_api.validation import violations

    return [f'  {resource.kind.value} "{resource.name}": {each}' for each in violations(resource.message)]


def _json_object(files: Mapping[str, bytes], name: str) -> dict[str, list[str]]:
    try:
        value = json.loads(files.get(name, b"{}"))
    except ValueError as error:
        raise ProjectError(f"{name} is not JSON: {error}", code="E0312") from error
    except RecursionError as error:
        raise ProjectError(f"{name} is nested too deep", code="E0312") from error
    if not isinstance(value, dict) or not all(_is_texts(each) for each in value.values()):
        raise ProjectError(f"{name} is not an object of lists of text", code="E0312")
    return value


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) and "\0" not in each for each in value)


def _dependencies(
    resources: Sequence[Declared], named: Mapping[str, Sequence[str]]
) -> dict[str, tuple[str, ...]]:
    keys = {f"{resource.kind.value}:{resource.name}": resource.key for resource in resources}
    keys |= {resource.key: resource.key for resource in resources}

    def known(name: str) -> str:
        found = keys.get(name) or keys.get(name.lower())
        if found is None:
            raise ProjectError(
                f'dependencies.json names "{name}", which the project does not declare',
                code="E0311",
                hint=f"declared: {', '.join(sorted(set(keys.values()))) or 'nothing'}",
            )
        return found

    return {
        known(name): tuple(dict.fromkeys(known(each) for each in needs if not _is_elsewhere(each)))
        for name, needs in named.items()
        if not _is_elsewhere(name)
    }


def _is_elsewhere(name: str) -> bool:
    return EXTERNAL in name or name.startswith("skill:")
