"""Runs the project as a user would, against a backend that lives only as long as the command."""

import json
import subprocess
from pathlib import Path

PROJECT = Path(__file__).parent.parent


def answer(order: str) -> dict[str, object]:
    """What the workflow gives in the end."""
    command = ["stigmer", "run", "order", "--input", order, "--ephemeral", "-o", "quiet"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_large_order_is_for_the_manager() -> None:
    assert answer("@order.json") == {
        "total": 110,
        "verdict": "accepted",
        "approved_by": "the manager",
        "letter": "Thank you for your order, it is on its way.",
    }


def test_what_is_not_in_stock_is_refused() -> None:
    order = {"lines": [{"product": "soup", "price": 4, "quantity": 1}]}
    refused = answer(json.dumps(order))
    assert refused["verdict"] == "we have no soup"
    assert refused["approved_by"] == "anybody"
