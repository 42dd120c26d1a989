"""The week of a small café: what it sold, what it must order, and a note to the team."""

from pathlib import Path

from books import read_orders, read_stock

from stigmer import Agent, Scripted, Workflow, if_else

host = Agent(
    "host",
    Path("prompts/host.md"),
    description="Writes the weekly note to the team",
    model=Scripted("scripts/host.yaml"),
)
buyer = Agent(
    "buyer",
    Path("prompts/buyer.md"),
    description="Writes the order letters to the suppliers",
    model=Scripted("scripts/buyer.yaml"),
)

stock = read_stock()
week = Workflow("week-report", description="What a week of orders means for the café")

# The data is read now; all that is computed from it is computed when the workflow runs.
books = week.set("books", orders=read_orders(), products=stock["products"], target=stock["weekly_target"])
totals = week.set(
    "totals",
    revenue=round(books.orders.sum(lambda order: order.quantity * order.price), 2),
    cups_and_plates=books.orders.sum("quantity"),
)

days = week.for_each("each-day", books.orders.group("day"), each="group")
with days as group:
    revenue = group.rows.sum(lambda row: row.quantity * row.price)
    week.set("day", day=group.key, revenue=round(revenue, 2))

with week.fork("analysis") as analysis:
    with analysis.branch("favourites"):
        week.set(
            "ranking",
            products=books.orders.group("product")
            .map(lambda group: {"product": group.key, "sold": group.rows.sum("quantity")})
            .sort(lambda entry: -entry.sold),
        )
    with analysis.branch("shortages"):
        left = week.set(
            "left-over",
            products=books.products.map(
                lambda item: {
                    "product": item.product,
                    "supplier": item.supplier,
                    "left": item.on_hand
                    - books.orders.filter(lambda order: order.product == item.product).sum("quantity"),
                    "reorder_below": item.reorder_below,
                }
            ),
        )
        week.set("short", products=left.products.filter(lambda item: item.left < item.reorder_below))

with week.try_("target") as target, week.switch("enough") as enough:
    difference = totals.revenue - books.target
    with enough.case(difference < 0, name="below target"):
        week.raise_("BelowTarget", f"{-difference:.2f} short of {books.target}")
    with enough.default():
        week.set("reached", verdict=f"{difference:.2f} more than the target of {books.target}")
with target.catch() as error:
    week.set("missed", verdict=error.message)

short = analysis.shortages.products
letters = week.for_each("letters", short)
with letters as item:
    letter = {"supplier": item.supplier, "product": item.product, "amount": item.reorder_below * 4}
    details = week.set("order", letter)
    week.call_agent("write-letter", buyer, f"Write this order: {details.json()}", timeout=30)

note = week.set(
    "figures",
    revenue=totals.revenue,
    verdict=target.verdict,
    best_day=days.max("revenue").day,
    favourite=analysis.favourites.products.first().product,
    to_order=if_else(short.length() > 0, short.map("product").join(), "nothing"),
)
told = week.call_agent("tell-the-team", host, f"Write the weekly note. Figures: {note.json()}", timeout=30)

week.set(
    "report",
    revenue=totals.revenue,
    verdict=target.verdict,
    days=days,
    favourites=analysis.favourites.products,
    letters=letters.map("response"),
    note=told.response,
)
