"""Errors of what agents answer, and of how much they may use."""

from __future__ import annotations

from typing import Final

from devloop.explain.page import ErrorPage

PAGES: Final = (
    ErrorPage(
        "E1285",
        "A limit is not a number that it can be",
        "Steps, tokens, cost, seconds and tool calls of an agent are limited by numbers above zero; all but"
        " cost and seconds are whole ones.",
        "Write what the message says: in Limits(…) of the agent, in its manifest, or with the flag.",
        """$ stigmer run reviewer --max-steps many
Error: --max-steps: "many" is not a whole number above zero""",
    ),
    ErrorPage(
        "E1286",
        "The form that an agent's answers are to have is none",
        "output= of an agent is a type or a JSON Schema. What its manifest says of it cannot be read.",
        "Write what the message says.",
        """$ stigmer run biller -f agents.yaml
Error: output of the agent is no JSON Schema: $.type: 'objekt' is not valid under any of the given schemas""",
    ),
    ErrorPage(
        "E1287",
        "The agent's answer did not have its form",
        "The model was told what does not fit, and asked again, as often as output_retries says. Its last"
        " answer still did not fit.",
        "See in the run what it answered. A clearer instruction or description of the fields helps most; then"
        " a better model, another output_mode, or more output_retries.",
        """$ stigmer run biller
Error: the answer did not fit Invoice, asked 4 times: The answer does not fit Invoice: $: 'total' is a
required property""",
    ),
    ErrorPage(
        "E1288",
        "This server cannot limit what an agent uses",
        "--max-steps, --max-tokens, --max-cost and --max-tool-calls are extensions of the local backend; the"
        " server that was chosen does not know them, and would let the agent go on.",
        "Leave the option out; --timeout works with every server. Or run it with the local backend.",
        """$ stigmer run reviewer --server stigmer.example:443 --max-steps 5
Error: this server cannot limit what an agent uses: --max-steps""",
    ),
)
