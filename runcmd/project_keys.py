"""What a Stigmer.yaml may say."""

from __future__ import annotations

from stigmer_api.file_keys import Key, Takes, block

KEYS = (
    Key("name", "the project's name", required=True),
    Key("runtime", "what the program is written in", choices=("python", "go"), required=True),
    Key("main", "the program's main file", Takes.PATH, default="`main.py`, `main.go`"),
    Key("version", "a version, for you"),
    Key("organization", "the organization of its agents and workflows, as `--org`"),
    Key("description", "what it is about, for you"),
    Key(
        "allow",
        "which built-in tools its agents may have: `files`, `shell`, `web`",
        Takes.TEXTS,
        choices=("files", "shell", "web"),
    ),
    Key("python", "the interpreter of the program", Takes.PATH, default="that of `.venv`, or the active one"),
    block(
        "run",
        "for `stigmer run`",
        Key("default", "what runs if no name is given"),
        Key("env_file", "a file of variables for all runs, as `--env-file`", Takes.PATH),
    ),
    block(
        "watch",
        "for `stigmer run --watch`",
        Key("ignore", "patterns of files that do not count, as in `.gitignore`", Takes.TEXTS),
        Key("settle_ms", "how long files must stay quiet, as `--settle`", Takes.COUNT, default="it adapts"),
        Key(
            "on_change",
            "what a change does, as `--on-change`",
            choices=("restart", "queue", "keep", "manual"),
            default="restart",
        ),
    ),
)
