"""The process that touches files: one request after the other, until its input ends.

A request is four bytes of length and JSON: `tool` and its `arguments`. An answer is JSON in the same form:
`text`, with `refused`, or with `file` and `diff` of what was written.
"""

from __future__ import annotations

import codecs
import errno
import json
import os
import struct
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from stigmerd.agents.builtins.confining import confine
from stigmerd.agents.builtins.files.place import Root
from stigmerd.agents.builtins.files.reading import list_files, read_file
from stigmerd.agents.builtins.files.refused import Refused
from stigmerd.agents.builtins.files.searching import find_files, search_files
from stigmerd.agents.builtins.files.texts import TextReader
from stigmerd.agents.builtins.files.writing import FileWritten, edit_file, write_file

LENGTH = struct.Struct(">I")
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be")
MOST_MEMORY_BYTES = 2 << 30
Call = Callable[[Mapping[str, Any]], str | FileWritten]


def main(settings: str) -> None:
    """`settings`: JSON with `root`, `read_only` and `secrets`."""
    said = json.loads(settings)
    root = Root(Path(said["root"]))
    tools = calls(root, TextReader(secrets=said["secrets"]), read_only=said["read_only"])
    limit_memory()
    for each in ENCODINGS:  # what is imported later lies outside of the root
        codecs.lookup(each)
    confine(write=() if said["read_only"] else (root.path,), read=(root.path,))
    serve(sys.stdin.buffer, sys.stdout.buffer, tools)


def calls(root: Root, reader: TextReader, *, read_only: bool) -> dict[str, Call]:
    """Each tool by its name."""
    reading: dict[str, Call] = {
        "read_file": lambda a: read_file(root, reader, a["path"], a["first_line"], a["lines"]),
        "list_files": lambda a: list_files(root, a["path"]),
        "find_files": lambda a: find_files(root, a["pattern"], a["path"]),
        "search_files": lambda a: search_files(
            root, reader, a["pattern"], a["path"], a["files"], ignore_case=a["ignore_case"]
        ),
    }
    writing: dict[str, Call] = {
        "write_file": lambda a: write_file(root, reader, a["path"], a["content"], pretend=a["pretend"]),
        "edit_file": lambda a: edit_file(
            root,
            reader,
            a["path"],
            a["old"],
            a["new"],
            all_of_them=a["all_of_them"],
            pretend=a["pretend"],
        ),
    }
    return reading if read_only else {**reading, **writing}


def serve(source: BinaryIO, sink: BinaryIO, tools: Mapping[str, Call]) -> None:
    while len(head := source.read(LENGTH.size)) == LENGTH.size:
        request = json.loads(source.read(LENGTH.unpack(head)[0]))
        body = json.dumps(answer(tools, request["tool"], request["arguments"])).encode()
        sink.write(LENGTH.pack(len(body)) + body)
        sink.flush()


def answer(tools: Mapping[str, Call], tool: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """What was done, or why it was not."""
    try:
        done = tools[tool](arguments)
    except Refused as refused:
        return {"text": str(refused), "refused": True}
    except UnicodeEncodeError:
        return {"text": "a path must be text", "refused": True}
    except OSError as error:
        return {"text": in_words(error), "refused": True}
    except MemoryError:
        return {"text": "that takes too much memory: ask for less", "refused": True}
    if isinstance(done, FileWritten):
        return {"text": done.text, "file": done.file, "diff": done.diff}
    return {"text": done}


def in_words(error: OSError) -> str:
    if error.errno == errno.ENAMETOOLONG:
        return "the path is too long"
    where = f"{error.filename}: " if isinstance(error.filename, str) else ""
    return f"{where}{error.strerror or error}"


def limit_memory() -> None:
    """A file or an expression that is too much for it ends this process, and nothing else."""
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = MOST_MEMORY_BYTES if hard == resource.RLIM_INFINITY else min(hard, MOST_MEMORY_BYTES)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))


if __name__ == "__main__":
    os.set_blocking(0, True)
    main(sys.argv[1])
