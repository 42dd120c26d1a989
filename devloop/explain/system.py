"""E09: what the system has no more of."""

from __future__ import annotations

from devloop.explain.page import ErrorPage

PAGES = (
    ErrorPage(
        "E0901",
        "The disk is full",
        "There is no space left, or no more for you (quota), where the message says: the data "
        "directory, the temporary directory, or what a command writes to.",
        "Free some space. STIGMER_DATA_DIR and TMPDIR name other directories; old executions: stigmer"
        " executions prune.",
        """$ stigmer run
Error: the local backend cannot work now: no space left for /home/anne/.stigmer/data/stigmer.db""",
    ),
    ErrorPage(
        "E0902",
        "There is no memory left",
        "The system gave no more to this process.",
        "End some programs, or raise the limit (ulimit -v, the container's).",
        """$ stigmer run
Error: the system gives no further memory""",
    ),
    ErrorPage(
        "E0903",
        "Too many files are open",
        "This process, or all together, reached the limit of the system.",
        "Raise it: ulimit -n 4096.",
        """$ stigmer run
Error: this process has too many open files""",
    ),
    ErrorPage(
        "E0904",
        "There are too many processes or threads",
        "The system gave no further one to this user or container.",
        "End some programs, or raise the limit: ulimit -u.",
        """$ stigmer run
Error: the system gives no further process or thread""",
    ),
    ErrorPage(
        "E0905",
        "Standard output cannot be written",
        "What the command says goes to a file on a full disk, or to a device that takes no more. The "
        "run was cancelled where its output is what was asked for.",
        "Free some space, or send the output elsewhere.",
        """$ stigmer run -o json > /mnt/full/out.json
Error: cannot write to standard output: No space left on device""",
    ),
)
