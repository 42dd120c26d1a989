"""E013: what a run is given beside its message, and which model it asks."""

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
    ErrorPage(
        "E0134",
        "--model does not name a model that can be asked",
        "It is PROVIDER:NAME, with one of the providers in docs/models.md. Names of "
        "models of Ollama have a colon of their own.",
        "Write --model anthropic:claude-sonnet-4-5 or --model ollama:qwen2.5-coder:7b; for one agent: "
        "--model AGENT=PROVIDER:NAME.",
        """$ stigmer run reviewer --model antropic:claude-sonnet-4-5
Error: --model: there is no provider "antropic"; there are anthropic, openai, openai-chat, …
did you mean "anthropic"?""",
    ),
    ErrorPage(
        "E0135",
        "This server cannot be told which model to ask",
        "The Stigmer API has a place for the name of a model with an agent, and none with a workflow or "
        "for a script.",
        "Run the agent by itself, set the model on the server, or use the local backend.",
        """$ stigmer run report --server stigmer.example.com:443 --model openai:gpt-4.1
Error: this server cannot be told which model a workflow's agents ask""",
    ),
    ErrorPage(
        "E0136",
        "The script of --model scripted:FILE cannot be played",
        "The file cannot be read, is larger than 256 KiB, or has a mistake in the line that the message "
        "names.",
        "Check the path, or mend the script.",
        """$ stigmer run reviewer --model scripted:review.yaml
Error: --model: /home/ada/cafe/review.yaml:1: unknown key "sya" in a turn (did you mean "say"?)""",
    ),
)
