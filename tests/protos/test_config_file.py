"""config.yaml, as command and backend read it, and the YAML of others."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml

from stigmer_api.config_file import ConfigError, block_of_local, mapping, read_config
from stigmer_api.yaml_text import MOST_ALIASES, MOST_LEVELS, composed, loaded


def test_a_block_of_the_local_backend(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    assert read_config(file) == {}
    assert block_of_local(file, "keep") is None
    file.write_text("backend: {local: {keep: {executions: 3}}}")
    assert block_of_local(file, "keep") == {"executions": 3}
    file.write_text("backend: local")
    assert block_of_local(file, "keep") is None


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a: [", "config.yaml:1:5: "),
        (b"- a", "config.yaml: the file must hold"),
        (b"a: 2001-99-99", "config.yaml: not YAML"),
        (b"a: \xff", "config.yaml is not UTF-8 text"),
        (b"# \n" * 50_000, "larger than 128 KiB"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, content: bytes, message: str) -> None:
    file = tmp_path / "config.yaml"
    file.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        read_config(file)
    assert message in caught.value.message


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "config.yaml")
    with pytest.raises(ConfigError, match="cannot read"):
        read_config(tmp_path / "config.yaml")


def test_a_block_is_a_mapping_or_nothing(tmp_path: Path) -> None:
    assert mapping(None, "backend", tmp_path) == {}
    with pytest.raises(ConfigError, match="backend must hold"):
        mapping([], "backend", tmp_path)


@pytest.mark.parametrize("read", [composed, loaded])
def test_yaml_has_bounds(read: object) -> None:
    def nested(levels: int) -> str:
        return "[" * levels + "]" * levels

    def repeated(aliases: int) -> str:
        return "a: &a 1\nb: [" + ", ".join(["*a"] * aliases) + "]"

    assert callable(read)
    read(nested(MOST_LEVELS))
    read(repeated(MOST_ALIASES))
    with pytest.raises(yaml.MarkedYAMLError) as deep:
        read(nested(MOST_LEVELS + 1))
    with pytest.raises(yaml.MarkedYAMLError) as many:
        read(repeated(MOST_ALIASES + 1))
    assert deep.value.problem is not None
    assert "nested deeper" in deep.value.problem
    assert many.value.problem is not None
    assert "aliases" in many.value.problem


def test_two_escapes_for_one_character(tmp_path: Path) -> None:
    """JSON, which is YAML, writes a smile so."""
    file = tmp_path / "config.yaml"
    file.write_text(r'{"context": {"organization": "\ud83d\ude00"}}')
    assert read_config(file) == {"context": {"organization": "😀"}}
    file.write_text(r'{"context": {"organization": "\ude00\ud83d"}}')
    with pytest.raises(ConfigError, match="stands for no character"):
        read_config(file)


@pytest.mark.parametrize(
    ("text", "place", "key", "hint"),
    [
        ("# ours\nbakend: {type: local}\n", "2:1", "bakend", 'did you mean "backend"?'),
        ("backend:\n  local:\n    llm:\n      modle: x\n", "4:7", "backend.local.llm.modle", '"model"?'),
        ("backend: {cloud: {orgid: a}}", "1:19", "backend.cloud.orgid", 'did you mean "org_id"?'),
        ("notify: true\n3: 4\n", "2:1", "3", "known keys: backend, context, trust, allow, notify"),
        ("a: &x {zzz: 1}\nbackend: *x\n", "1:1", "a", "known keys"),
        ("backend: &x {local: {keep: &k {day: 1}}}", "1:32", "backend.local.keep.day", 'mean "days"?'),
    ],
)
def test_an_unknown_key_is_an_error_with_its_place_and_the_nearest(
    tmp_path: Path, text: str, place: str, key: str, hint: str
) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        read_config(file)
    assert caught.value.message == f'{file}:{place}: unknown key "{key}"'
    assert hint in caught.value.hint
    assert caught.value.code == "E0212"


def test_the_keys_of_the_original_are_known(tmp_path: Path) -> None:
    """One file serves both commands."""
    file = tmp_path / "config.yaml"
    file.write_text(
        "backend: {type: local, local: {endpoint: x, data_dir: y, temporal: {managed: true, version: a, "
        "port: 1, address: b}, execution: {mode: local, sandbox_image: i, auto_pull: true, cleanup: true, "
        "ttl: 1}}, cloud: {env_id: e}}\ncontext: {organization: o, environment: e}\n"
    )
    assert read_config(file)["context"] == {"organization": "o", "environment": "e"}


@pytest.mark.parametrize(
    ("text", "look_for"),
    [
        ("backend:\n\ttype: local\n", "indent with spaces"),
        ("a: b: c\n", "put quotes around a value"),
        ("backend: {type: local\n", "never closed"),
        ("backend:\n  type: local\n bad: x\n", "indentation"),
    ],
)
def test_an_everyday_slip_has_what_to_look_for(tmp_path: Path, text: str, look_for: str) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        read_config(file)
    assert look_for in caught.value.hint
    assert caught.value.code == "E0211"
