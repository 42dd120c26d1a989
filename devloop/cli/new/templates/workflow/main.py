"""Checks an order: its total, what is missing, and who must approve it."""

from pathlib import Path

from stigmer import Agent, Scripted, Workflow, activity

clerk = Agent(
    "clerk",
    "You write one polite sentence about an order.",
    description="Writes to the customer",
    # It answers from a file. Without this line, it asks a real model.
    model=Scripted("scripts/clerk.yaml"),
)
STOCK = Path(__file__).parent / "stock.csv"


@activity
def in_stock(products: list[str]) -> dict[str, list[str]]:
    """A function of yours: it runs in a process of its own, and can use any library."""
    known = {line.split(",")[0] for line in STOCK.read_text().splitlines()[1:]}
    return {"missing": [each for each in products if each not in known]}


order = Workflow("order", description="Checks an order, and writes to the customer")

# For each line of the order, one after the other.
lines = order.for_each("lines", order.input.lines, each="item")
with lines as item:
    order.set("line", product=item.product, price=item.price * item.quantity)

# Two things at the same time.
with order.fork("check") as check:
    with check.branch("money"):
        total = order.set("total", sum=lines.sum("price"))
    with check.branch("goods"):
        order.call_activity("stock", in_stock, {"products": lines.map("product")})

# What may fail, and what to do then.
with order.try_("available") as available, order.switch("all-there") as there:
    with there.case(check.goods.missing.length() > 0, name="something is missing"):
        order.raise_("refuse", "NotInStock", f"we have no {check.goods.missing.join(', ')}")
    with there.default():
        order.set("accepted", verdict="accepted")
with available.catch() as error:
    order.set("refused", verdict=error.message)

# One way or another.
with order.switch("approval") as approval:
    with approval.case(check.money.sum > 100, name="large"):
        order.set("manager", by="the manager")
    with approval.default():
        order.set("anybody", by="anybody")

letter = order.call_agent("write", clerk, f"Order over {check.money.sum}: {available.verdict}")
order.set(
    "answer",
    total=check.money.sum,
    verdict=available.verdict,
    approved_by=approval.by,
    letter=letter.response,
)
