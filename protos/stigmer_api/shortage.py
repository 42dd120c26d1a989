"""What the system has no more of, which is no bug of ours."""

from __future__ import annotations

import errno

FILES = "try: ulimit -n 4096"
PROCESSES = "end some programs, or raise the limit: ulimit -u"
ROOM = "free some space and try again"
MEMORY = "end some programs and try again"
OF_THE_SYSTEM = {
    errno.EMFILE: ("this process has too many open files", FILES),
    errno.ENFILE: ("this machine has too many open files", FILES),
    errno.EAGAIN: ("the system gives no further process or thread", PROCESSES),
    errno.ENOMEM: ("the system gives no further memory", MEMORY),
    errno.ENOSPC: ("no space is left", ROOM),
    errno.EDQUOT: ("no space is left to this user", ROOM),
}


def shortage(error: BaseException) -> tuple[str, str] | None:
    """In a sentence, and what to try."""
    match error:
        case MemoryError():
            return OF_THE_SYSTEM[errno.ENOMEM]
        case RuntimeError() if "can't start new thread" in str(error):
            return OF_THE_SYSTEM[errno.EAGAIN]
        case OSError(errno=int(number)) if number in OF_THE_SYSTEM:
            said, hint = OF_THE_SYSTEM[number]
            return f"{said} ({error.filename})" if error.filename else said, hint
        case _:
            return None
