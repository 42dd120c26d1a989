"""What the café wrote down this week."""

import csv
import json
from pathlib import Path

DATA = Path(__file__).parent / "data"


def read_orders() -> list[dict[str, str | float]]:
    with (DATA / "orders.csv").open(newline="") as file:
        return [
            {
                "day": row["day"],
                "product": row["product"],
                "quantity": int(row["quantity"]),
                "price": float(row["price"]),
            }
            for row in csv.DictReader(file)
        ]


def read_stock() -> dict:
    return json.loads((DATA / "stock.json").read_text())
