"""What a program, a workflow or a model writes cannot drive the terminal."""

from __future__ import annotations

import re

import pexpect

from tests.faults.figure import Figure
from tests.support.poll import PATIENCE_SECONDS
from tests.support.world import new_world

# A title, the clipboard, the cursor, another screen, questions, a C1 form, a bell, a bidi override.
HOSTILE = (
    "\\x1b]0;owned\\x07",
    "\\x1b]52;c;b3duZWQ=\\x07",
    "\\x1b[2J\\x1b[1;1H",
    "\\x1b[?1049h",
    "\\x1b[6n",
    "\\x1bP+q544e\\x1b\\\\",
    "\\x9b2J",
    "\\x07",
    "\\u202eowned",
)
PROGRAM = """
from stigmer import Workflow, activity
HOSTILE = {hostile}
for each in HOSTILE:
    print("printed", each)

@activity
def fail():
    raise ValueError("raised " + "".join(HOSTILE))

wf = Workflow("loud")
for number, each in enumerate(HOSTILE):
    wf.set(f"say{{number}}", text="said " + each)
wf.call_activity("fail", fail)
"""
# All that our own screen needs: colours, and lines that are written again.
OURS = re.compile(r"\x1b\[[0-9;]*m|\x1b\[\?(?:25|2026)[lh]|\x1b\[J|\x1b\[[0-9]*[AKG]|\x1b\[2K|\x1b\[1A")
DRIVES = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def terminal_escapes() -> Figure:
    with new_world() as world:
        literals = "[" + ", ".join(f'"{each}"' for each in HOSTILE) + "]"
        project = world.project(PROGRAM.format(hostile=literals))
        violations = []
        for arguments in (("run", "loud"), ("executions", "list"), ("server", "logs")):
            terminal = world.terminal(*arguments, cwd=project)
            terminal.expect(pexpect.EOF, timeout=PATIENCE_SECONDS)
            shown = terminal.before or ""
            terminal.close()
            found = sorted(set(DRIVES.findall(OURS.sub("", shown))))
            violations += [f"{' '.join(arguments)} writes {each!r}" for each in found]
            if arguments[0] == "run" and "said" not in shown and "printed" not in shown:
                violations.append(f"nothing was shown: {shown[:300]!r}")
    return Figure(
        line=f"{len(HOSTILE)} kinds of terminal escapes in outputs, texts and errors: "
        f"{len(violations)} reach the terminal",
        violations=tuple(violations),
    )
