"""E013: what a run is given beside its message."""

from __future__ import annotations

from devloop.explain.page import ErrorPage

PAGES = (
    ErrorPage(
        "E0130",
        "The input is not JSON, or not YAML",
        "--input takes JSON, as it is or in a file (@FILE), or YAML in a file. The message names the "
        "line and the column. In a shell, the quotes of JSON get lost without single quotes around it.",
        "Write --input '{\"order\": 7}', or put it into a file: --input @order.yaml.",
        """$ stigmer run report --input {order:7}
Error: --input: column 2: expecting property name enclosed in double quotes""",
    ),
    ErrorPage(
        "E0131",
        "The input is not an object",
        "A workflow reads the members of its input by their names ($input.order, `wf.input.order`). A "
        "list, a number or a text has none.",
        "Give it a name: --input '{\"orders\": [1, 2]}'.",
        """$ stigmer run report --input '[1, 2]'
Error: --input must be an object with names and values, and is a list""",
    ),
    ErrorPage(
        "E0132",
        "An agent is given a message, not an input",
        "An --input is the $input of a workflow, which reads its members. An agent reads one message. "
        "Only where an agent runs beside workflows (--all) it is started without the input.",
        "Put what the agent has to know into its message: -m TEXT, or -m - for a file.",
        """$ stigmer run reviewer --input '{"order": 7}'
Error: reviewer is an agent, and an agent is given a message, not an --input""",
    ),
    ErrorPage(
        "E0133",
        "The file of the input cannot be read",
        "There is no such file, or you may not read it. Its path is relative to this directory.",
        "Check its path and permissions; @- is standard input.",
        """$ stigmer run report --input @ordr.yaml
Error: --input: cannot read /home/ada/cafe/ordr.yaml: No such file or directory""",
    ),
)
