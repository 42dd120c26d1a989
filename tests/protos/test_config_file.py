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
    file.write_text(r'{"smile": "\ud83d\ude00"}')
    assert read_config(file) == {"smile": "😀"}
    file.write_text(r'{"smile": "\ude00\ud83d"}')
    with pytest.raises(ConfigError, match="stands for no character"):
        read_config(file)
