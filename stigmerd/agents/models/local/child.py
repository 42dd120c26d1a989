"""The program of the server's process: loads the model, says where it listens, ends with its starter."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any

CONTEXT_TOKENS = 8192


def main(file: str, key: str) -> None:
    """`key`: who does not have it is not answered; other users of the machine can reach the port."""
    xllamacpp: Any = import_module("xllamacpp")
    params: Any = xllamacpp.CommonParams()
    params.model.path = file
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [key]
    params.n_ctx = CONTEXT_TOKENS
    params.n_parallel = 1
    server = xllamacpp.Server(params)
    sys.stdout.write(f"{server.listening_address}\n")
    sys.stdout.flush()
    sys.stdin.buffer.read()  # until whoever started us is gone
    os._exit(0)  # without taking the model apart


if __name__ == "__main__":
    main(sys.argv[1], sys.stdin.buffer.readline().decode().strip())
