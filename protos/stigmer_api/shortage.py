"""What the system has no more of, which is no bug of ours."""

from __future__ import annotations

import errno
import threading
from functools import cache
from typing import NamedTuple

FILES = "try: ulimit -n 4096"
PROCESSES = "end some programs, or raise the limit: ulimit -u"
ROOM = "free some space and try again"
MEMORY = "end some programs and try again"
THREADS = 16  # as many as gRPC and we may want at once


class Shortage(NamedTuple):
    """In a sentence, what to try, and the error's code."""

    text: str
    hint: str
    code: str


OF_THE_SYSTEM = {
    errno.EMFILE: Shortage("this process has too many open files", FILES, "E0903"),
    errno.ENFILE: Shortage("this machine has too many open files", FILES, "E0903"),
    errno.EAGAIN: Shortage("the system gives no further process or thread", PROCESSES, "E0904"),
    errno.ENOMEM: Shortage("the system gives no further memory", MEMORY, "E0902"),
    errno.ENOSPC: Shortage("no space is left", ROOM, "E0901"),
    errno.EDQUOT: Shortage("no space is left to this user", ROOM, "E0901"),
}


def shortage(error: BaseException) -> Shortage | None:
    """What is missing; None: another kind of error. Of several errors at once: when each of them is one."""
    match error:
        case BaseExceptionGroup():
            all_of_them = [shortage(each) for each in error.exceptions]
            return all_of_them[0] if all(all_of_them) else None
        case MemoryError():
            return OF_THE_SYSTEM[errno.ENOMEM]
        case RuntimeError() if "can't start new thread" in str(error):
            return OF_THE_SYSTEM[errno.EAGAIN]
        case OSError(errno=int(number)) if number in OF_THE_SYSTEM:
            lack = OF_THE_SYSTEM[number]
            return lack._replace(text=f"{lack.text} ({error.filename})") if error.filename else lack
        case _:
            return None


@cache
def threads_can_be_had() -> None:
    """Raises RuntimeError. gRPC ends the process, or hangs, when it does not get its own."""
    enough = threading.Event()
    try:
        for _ in range(THREADS):
            threading.Thread(target=enough.wait, daemon=True).start()
    finally:
        enough.set()
