"""`--model`: a provider and a name, for all agents or for one; a script is read and checked."""

from __future__ import annotations

from pathlib import Path

import pytest

from devloop.cli.dotenv import whole
from devloop.cli.input.models import read_models, with_place
from runcmd.errors import UsageError
from runcmd.models import parse_model
from runcmd.request import WantedModel


def wanted(agent: str, provider: str, name: str, script: str = "") -> WantedModel:
    return WantedModel(agent=agent, provider=provider, name=name, script=script)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("anthropic:claude-sonnet-4-5", wanted("", "anthropic", "claude-sonnet-4-5")),
        ("OpenAI:gpt-4.1", wanted("", "openai", "gpt-4.1")),
        ("ollama:qwen2.5-coder:7b", wanted("", "ollama", "qwen2.5-coder:7b")),
        ("host=ollama:a:7b", wanted("host", "ollama", "a:7b")),
        ("openai", wanted("", "openai", "")),
        ("host=scripted", wanted("host", "scripted", "")),
        ("claude-opus-4-5", wanted("", "anthropic", "claude-opus-4-5")),
        ("o3", wanted("", "openai", "o3")),
        ("ollama:library/a=b", wanted("", "ollama", "library/a=b")),
    ],
)
def test_what_it_means(text: str, meant: WantedModel) -> None:
    assert parse_model(text) == meant


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        ("antropic:claude", 'no provider "antropic"', 'did you mean "anthropic"?'),
        ("qwen2.5-coder:7b", 'no provider "qwen2.5-coder"', "ollama:qwen2.5-coder:7b"),
        ("host=opnai:x", 'no provider "opnai"', 'did you mean "openai" or'),
        ("mystery", 'no provider "mystery"', "PROVIDER:NAME"),
        ("", "is not PROVIDER:NAME", "AGENT=PROVIDER:NAME"),
        (":x", "is not PROVIDER:NAME", ""),
        ("=openai:x", "is not PROVIDER:NAME", ""),
    ],
)
def test_what_is_wrong_with_it(text: str, said: str, hint: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_model(text)
    assert said in refused.value.message
    assert hint in refused.value.hint


def test_a_script_is_read_and_the_last_choice_wins(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("- say: hello\n")
    assert with_place(f"host=scripted:{file}") == f"host=scripted:{file}"
    assert read_models(["openai:a", f"scripted:{file}", "host=openai:b"], whole) == (
        wanted("", "scripted", "", "- say: hello\n"),
        wanted("host", "openai", "b"),
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"- sya: x\n", 'a.yaml:1: unknown key "sya"'),
        (b"\xff", "is not UTF-8 text"),
        (b"- say: " + b"x" * (1 << 18), "larger than 256 KiB"),
        (None, "cannot read the script"),
    ],
)
def test_a_script_that_cannot_be_played(tmp_path: Path, content: bytes | None, said: str) -> None:
    file = tmp_path / "a.yaml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(UsageError) as refused:
        read_models([f"scripted:{file}"], whole)
    assert said in refused.value.message
