"""Which part of a list did they ask for?"""

from __future__ import annotations

from stigmerd.resources.rpc_error import invalid
from stigmerd.store.paging import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE


def page_size(wanted: int) -> int:
    if wanted < 0:
        raise invalid(f"validation error: page_size: must not be negative, is {wanted}")
    return min(wanted or DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE)


def page_of(number: int) -> int:
    """Counted from 1; 0 is the first one too."""
    if number < 0:
        raise invalid(f"validation error: page number must not be negative, is {number}")
    return number or 1


def page_of_token(token: str) -> int:
    """The replies of these lists carry a page count and no token: a token is the number of a page."""
    if token == "":
        return 1
    if not (token.isascii() and token.isdigit() and 0 < int(token[:10]) < 1_000_000):
        raise invalid(
            f'validation error: page_token: "{token[:40]}" is not a page token; use 1 to total_pages'
        )
    return int(token[:10])


def pages(total: int, size: int) -> int:
    return max(1, -(-total // size))
