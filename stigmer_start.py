"""Start `stigmer` with a clean module path, whatever directory it is started in."""

import gc
import os
import sys

VERSION_FLAGS = (["--version"], ["-V"])
# gRPC starts its threads again in a process that is forked from us. What becomes another program then, closes
# their descriptors first, and dies: "epoll_wait error: Bad file descriptor".
GRPC_AND_FORKS = "GRPC_ENABLE_FORK_SUPPORT"
# It writes to standard error what it thinks of a certificate, say; our own error says that, too.
GRPC_LOG = "GRPC_VERBOSITY"
# New objects until garbage is looked for. A short command makes 50,000, nearly all by imports, and they stay:
# 20,000 cost it 8 %, and Python's 700 an eighth.
GARBAGE_THRESHOLD = 80_000


def main() -> None:
    """The console script."""
    read_arguments_as_utf8()
    sys.path[:] = clean(sys.path, __file__, os.__file__)
    gc.set_threshold(GARBAGE_THRESHOLD)
    grpc_minds_no_forks()
    grpc_keeps_quiet()
    from devloop.terminal.standard import prepare

    prepare()
    try:
        leave(command(sys.argv[1:]))
    except KeyboardInterrupt:
        leave(130)


def read_arguments_as_utf8() -> None:
    """Starts again in UTF-8 mode if this Python was kept to ASCII: no name with an accent could be opened.

    It happens in a container without a locale whose image says PYTHONUTF8=0. What we start keeps that.
    """
    if sys.getfilesystemencoding() == "ascii":
        os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])


def command(arguments: list[str]) -> int:
    """The exit status."""
    if arguments in VERSION_FLAGS:
        from devloop.cli.version import line

        sys.stdout.write(f"{line()}\n")
        return 0
    from devloop.cli.entry import main as shell

    return shell(arguments)


def grpc_minds_no_forks() -> None:
    """Before it is imported. It asks C for the variable; what we start gets os.environ, without it."""
    if GRPC_AND_FORKS not in os.environ:
        os.putenv(GRPC_AND_FORKS, "0")


def grpc_keeps_quiet() -> None:
    """Unless somebody wants to hear it."""
    if GRPC_LOG not in os.environ:
        os.putenv(GRPC_LOG, "NONE")


def leave(code: int) -> None:
    """Ends the process at once: taking the interpreter apart, module by module, takes 50 ms."""
    from devloop.terminal.standard import OutputGoneError

    try:
        sys.stdout.flush()
    except OutputGoneError as error:
        from devloop.cli.show import gave_up

        code = code or gave_up(error)
    except ValueError:  # somebody closed it
        pass
    sys.stderr.flush()
    os._exit(code)


def clean(path: list[str], own_file: str, stdlib_file: str) -> list[str]:
    """The module path without PYTHONPATH and the directory we start in: all before the standard library.

    A project may well have a `devloop.py` or a `grpc.py` of its own; it must not become part of this program.
    """
    home = own_file.rpartition("/")[0]
    stdlib = stdlib_file.rpartition("/")[0]
    archive = f"python{sys.version_info[0]}{sys.version_info[1]}.zip"
    starts = [i for i, entry in enumerate(path) if entry == stdlib or entry.endswith("/" + archive)]
    kept = path[min(starts) :] if starts else list(path)
    # In a checkout the contract's stubs have a source root of their own; a wheel has them beside us.
    own = [home] if home.endswith("-packages") else [home, home + "/protos"]
    return kept + [entry for entry in own if entry not in kept]
