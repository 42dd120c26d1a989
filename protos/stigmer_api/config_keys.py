"""The keys of ~/.stigmer/config.yaml, and where one that nobody knows stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from stigmer_api.file_keys import Key, Takes, block
from stigmer_api.model_providers import PROVIDERS

if TYPE_CHECKING:
    from yaml.nodes import Node

Keys = Mapping[str, Key]


def _others(*names: str) -> tuple[Key, ...]:
    return tuple(Key(name, "", ours=False) for name in names)


# Also what only the original's own command reads: one file serves both.
KEYS: Final = (
    block(
        "backend",
        "which backend, and how it works",
        Key(
            "type",
            "`local`: the backend that is included; `cloud`: a remote one",
            choices=("local", "cloud"),
            default="local",
        ),
        block(
            "local",
            "the local backend",
            *_others("endpoint", "data_dir"),
            block(
                "llm",
                "the model of agents without one of their own",
                Key("provider", "who answers", choices=PROVIDERS, default="the first configured"),
                Key("model", "the model's name, as the provider calls it", default="the provider's"),
                Key("base_url", "a server that speaks the provider's protocol", default="the provider's"),
                Key("api_key", "the API key", hidden=True),
                Key("script", "a file: the script of the scripted model", Takes.PATH, default="it repeats"),
            ),
            block(
                "temporal",
                "",
                Key("managed", "", Takes.FLAG, ours=False),
                *_others("version", "port", "address"),
                ours=False,
            ),
            block(
                "execution",
                "",
                Key("mode", "", choices=("local", "sandbox", "auto"), ours=False),
                *_others("sandbox_image"),
                Key("auto_pull", "", Takes.FLAG, ours=False),
                Key("cleanup", "", Takes.FLAG, ours=False),
                Key("ttl", "", Takes.COUNT, ours=False),
                ours=False,
            ),
            block(
                "mcp",
                "how many processes of MCP servers agents may have",
                Key("processes", "in all", Takes.COUNT, default="32"),
                Key("processes_of_each", "of one server", Takes.COUNT, default="8"),
            ),
            block(
                "keep",
                "which executions that have ended are kept",
                Key("executions", "so many of the newest; 0: all", Takes.NUMBER, default="1000"),
                Key("days", "and all that ended in so many days", Takes.NUMBER, default="0"),
            ),
        ),
        block(
            "cloud",
            "the remote backend",
            Key("endpoint", "its address: `host:port`", default="the public one"),
            Key("token", "your token there", hidden=True),
            Key("org_id", "your organization there"),
            Key(
                "ca_file",
                "the certificate of the authority that signs its certificate",
                Takes.PATH,
                default="those of the system",
            ),
            *_others("env_id"),
        ),
    ),
    block("context", "", *_others("organization", "environment"), ours=False),
    Key(
        "trust",
        "directories of projects that may run although others own them or can write to them; "
        "`/*` at the end: all below",
        Takes.PLACES,
    ),
    Key(
        "allow",
        "which built-in tools agents of no project may have: `files`, `shell`, `web`",
        Takes.TEXTS,
        choices=("files", "shell", "web"),
    ),
    Key("notify", "`true`: as if `--notify` were always given", Takes.FLAG, default="false"),
)
KNOWN: Final[Keys] = {key.name: key for key in KEYS}


class UnknownKey(NamedTuple):
    """Where it stands, and what may be meant. Line and column count from 1."""

    path: str
    line: int
    column: int
    hint: str


def unknown_key(values: object, text: str) -> UnknownKey | None:
    """The first one. `values` are what the text holds."""
    found = next(_unknown(values, KNOWN, ()), None)
    if found is None:
        return None
    path, known = found
    from stigmer_api.yaml_text import composed

    line, column = _place(composed(text), path)
    return UnknownKey(".".join(path), line, column, _nearest(path[-1], known))


def _unknown(values: object, known: Keys, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Keys]]:
    if isinstance(values, dict):
        for key, value in values.items():
            here = (*path, str(key))
            if key not in known:
                yield here, known
            elif known[key].keys:
                yield from _unknown(value, {each.name: each for each in known[key].keys}, here)


def _place(node: Node | None, path: tuple[str, ...]) -> tuple[int, int]:
    """Of the key; of the block around it where aliases hide it."""
    line, column = (node.start_mark.line, node.start_mark.column) if node is not None else (0, 0)
    for name in path:
        pairs = node.value if node is not None and node.tag.endswith(":map") else ()
        found = next(((key, value) for key, value in pairs if str(key.value) == name), None)
        if found is None:
            break
        key, node = found
        line, column = key.start_mark.line, key.start_mark.column
    return line + 1, column + 1


def _nearest(word: str, known: Keys) -> str:
    import difflib

    near = difflib.get_close_matches(word.lower(), list(known), n=1, cutoff=0.5)
    return f'did you mean "{near[0]}"?' if near else f"known keys: {', '.join(known)}"
