"""Schemas and readers agree on what a file may say, and the pages list every key."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from devloop.cli.config import BACKEND_TYPES, read_cloud, read_notify, read_trust
from devloop.cli.schemas import Schema, schema_text
from runcmd import project_keys
from runcmd.errors import UsageError
from runcmd.project import OnChange, ProjectRuntime, load
from stigmer_api import config_keys
from stigmer_api.config_file import ConfigError
from stigmer_api.file_keys import Key, all_keys
from stigmer_api.scripts.model import BadScript
from stigmer_api.scripts.parser import parse
from stigmerd.executions.retention import read_retention
from tests.support.pages import FENCE
from tests.support.paths import ROOT, SAMPLE_PROJECT

DOCS = ROOT / "docs"
HEAD = "name: n\nruntime: python\n"
GOOD = {
    Schema.PROJECT: [
        HEAD,
        "name: 7\nruntime: go\nmain: cmd/main.go\nversion: 1.0\n",
        f"{HEAD}run:\n",
        f"{HEAD}run: {{default: a, env_file: .env}}\n",
        f"{HEAD}watch: {{ignore: [a, 1, '*.tmp'], settle_ms: 20, on_change: keep}}\npython: ~/x/bin/python\n",
        f"{HEAD}watch: {{ignore: , on_change: }}\n",
    ],
    Schema.SCRIPT: [
        "- say: hello\n",
        "- {when: /a/i, say: 7, delay: 0.5, chunk: {seconds: 0.1, characters: 4}}\n- fail: no\n",
        "- call: [tool, {tool: other, args: {a: 1}}]\n- {when: {message: a, result: b}, say: c, chunk: 1}\n",
        "turns: [{say: a, remember: {n: '{{ message }}'}}]\nagents: {b: [{say: c}]}\n",
        "agents: {b: [{call: c}]}\n",
    ],
    Schema.CONFIG: [
        "backend: {type: cloud, cloud: {endpoint: 'a:1', token: t, org_id: o, env_id: e}}\n",
        "backend: {local: {llm: {provider: openai, script: s}, keep: {executions: 0, days: 1.5}}}\n",
        "backend: {type: local, local: {data_dir: x, temporal: {port: 1}}}\ncontext: {organization: o}\n",
        "trust: ['*', /a/*, ~/b]\nnotify: true\n",
    ],
}
BAD = {
    Schema.PROJECT: [
        "name: n\n",
        "runtime: python\n",
        "name: ''\nruntime: python\n",
        "name: n\nruntime: perl\n",
        f"{HEAD}nam: x\n",
        f"{HEAD}name: [a]\n".replace("name: n\n", ""),
        f"{HEAD}version: true\n",
        f"{HEAD}run: text\n",
        f"{HEAD}run: {{defualt: a}}\n",
        f"{HEAD}watch: {{ignore: text}}\n",
        f"{HEAD}watch: {{ignore: [[a]]}}\n",
        f"{HEAD}watch: {{settle_ms: -1}}\n",
        f"{HEAD}watch: {{settle_ms: 1.5}}\n",
        f"{HEAD}watch: {{settle_ms: 12345678901}}\n",
        f"{HEAD}watch: {{on_change: stop}}\n",
    ],
    Schema.SCRIPT: [
        "[]\n",
        "text\n",
        "- when: a\n",
        "- sya: hello\n",
        "- {say: a, delay: -1}\n",
        "- {say: a, delay: 4000}\n",
        "- {say: a, delay: true}\n",
        "- {say: a, chunk: {characters: -1}}\n",
        "- {say: a, chunk: {charcters: 1}}\n",
        "- {say: [a]}\n",
        "- call: {args: {}}\n",
        "- call: {tool: a, args: []}\n",
        "- {say: a, when: {massage: b}}\n",
        "turn: [{say: a}]\n",
        "agents: {b: {say: c}}\n",
    ],
    Schema.CONFIG: [
        "backedn: {type: local}\n",
        "backend: {type: remote}\n",
        "backend: text\n",
        "backend: {local: {llm: {modle: m}}}\n",
        "backend: {type: cloud, cloud: {endpoint: 7}}\n",
        "backend: {local: {keep: {executions: -1}}}\n",
        "backend: {local: {keep: {days: many}}}\n",
        "backend: {local: {keep: 3}}\n",
        "trust: /a\n",
        "trust: [a/b]\n",
        "notify: 'yes'\n",
    ],
}
CASES = [
    pytest.param(which, text, good, id=f"{which.value}-{'good' if good else 'bad'}-{number}")
    for good, table in ((True, GOOD), (False, BAD))
    for which, texts in table.items()
    for number, text in enumerate(texts)
]


def read_project(file: Path) -> None:
    load(file)


def read_script(file: Path) -> None:
    parse(file.read_text())


def read_config(file: Path) -> None:
    for read in (read_cloud, read_trust, read_notify, read_retention):
        read(file)


READERS: dict[Schema, Callable[[Path], None]] = {
    Schema.PROJECT: read_project,
    Schema.SCRIPT: read_script,
    Schema.CONFIG: read_config,
}


def fits(which: Schema, text: str) -> bool:
    schema = yaml.safe_load(schema_text(which))
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema).is_valid(yaml.safe_load(text))


def is_read(which: Schema, file: Path) -> bool:
    try:
        READERS[which](file)
    except (UsageError, BadScript, ConfigError):
        return False
    return True


@pytest.mark.parametrize(("which", "text", "good"), CASES)
def test_schema_and_reader_agree(tmp_path: Path, which: Schema, text: str, good: bool) -> None:
    file = tmp_path / "file.yaml"
    file.write_text(text)
    file.chmod(0o600)
    assert fits(which, text) == good
    assert is_read(which, file) == good


@pytest.mark.parametrize(
    ("page", "which"),
    [
        ("stigmer-yaml", Schema.PROJECT),
        ("tutorial", Schema.PROJECT),
        ("config", Schema.CONFIG),
        ("scripted-model", Schema.SCRIPT),
    ],
)
def test_what_a_page_shows_fits(page: str, which: Schema) -> None:
    text = (DOCS / f"{page}.md").read_text("utf-8")
    blocks = [block["text"] for block in FENCE.finditer(text) if block["kind"] == "yaml"]
    wanted = [block for block in blocks if yaml.safe_load(block) is not None and is_of(which, block)]
    assert wanted
    assert [block for block in wanted if not fits(which, block)] == []


def is_of(which: Schema, text: str) -> bool:
    values: Any = yaml.safe_load(text)
    return (which is Schema.PROJECT) == (isinstance(values, dict) and "runtime" in values)


def test_the_sample_project_names_its_schemas() -> None:
    files = [(SAMPLE_PROJECT / "Stigmer.yaml", Schema.PROJECT)]
    files += [(file, Schema.SCRIPT) for file in (SAMPLE_PROJECT / "scripts").glob("*.yaml")]
    for file, which in files:
        text = file.read_text("utf-8")
        named = re.match(r"# yaml-language-server: \$schema=(\S+)\n", text)
        assert named, file
        assert (file.parent / named[1]).resolve() == DOCS / "schemas" / f"{which.value}.schema.json"
        assert fits(which, text)


@pytest.mark.parametrize(
    ("page", "keys"), [("stigmer-yaml", project_keys.KEYS), ("config", config_keys.KEYS)]
)
def test_the_page_has_every_key(page: str, keys: Iterable[Key]) -> None:
    shown = set(re.findall(r"^\| `([\w.]+)` \|", (DOCS / f"{page}.md").read_text("utf-8"), re.MULTILINE))
    assert shown == {path for path, key in all_keys(tuple(keys)) if key.ours}


def test_choices_are_those_of_the_code() -> None:
    known = dict(all_keys((*project_keys.KEYS, *config_keys.KEYS)))
    programs = [each for each in ProjectRuntime if each is not ProjectRuntime.FILES]
    assert known["runtime"].choices == tuple(each.value for each in programs)
    assert known["watch.on_change"].choices == tuple(each.value for each in OnChange)
    assert known["backend.type"].choices == BACKEND_TYPES
