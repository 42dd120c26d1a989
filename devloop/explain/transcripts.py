"""E019: reports and transcripts."""

from __future__ import annotations

from devloop.explain.page import ErrorPage

PAGES = (
    ErrorPage(
        "E0191",
        "There is no such form of a report",
        "--report takes a form and a file: junit=PATH for pipelines, json=PATH for programs.",
        "Write it so: --report junit=report.xml. It can be given several times.",
        """$ stigmer run --report xml=report.xml
Error: --report xml=report.xml: no such form of a report""",
    ),
    ErrorPage(
        "E0192",
        "A file cannot be written",
        "A report or a transcript was asked for, and its file or its directory cannot be written. "
        "Nothing has run.",
        "Give the path of a file in a directory that you can write to.",
        """$ stigmer run --report json=/proc/report.json
Error: cannot write the report /proc/report.json: No such file or directory""",
    ),
    ErrorPage(
        "E0193",
        "This is no transcript",
        "`stigmer replay` draws what --save-transcript or `-o json` wrote: one JSON object a line. The "
        "message names the first line that is something else.",
        "Give such a file.",
        """$ stigmer replay main.py
Error: main.py:1 is not JSON: this is no transcript""",
    ),
    ErrorPage(
        "E0194",
        "This is no speed",
        "--speed takes a factor: 2 is twice as fast as it was, 0.5 half as fast, 0 at once.",
        "Give a number that is not below 0.",
        """$ stigmer replay run.jsonl --speed -1
Error: --speed -1 is no speed""",
    ),
    ErrorPage(
        "E0195",
        "A transcript cannot be read",
        "There is no such file, or it is a directory, or not yours to read.",
        "Give the path of a transcript, or - for standard input.",
        """$ stigmer replay nothing.jsonl
Error: cannot read nothing.jsonl: No such file or directory""",
    ),
)
