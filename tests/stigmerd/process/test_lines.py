"""What a program prints, as lines."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stigmer_api.masking import masker_of
from stigmerd.process.lines import CUT, LONGEST_LINE, PrintedLines

SECRET = "-----BEGIN KEY-----\nhunter2-correct-horse\n-----END KEY-----"


def told(*pieces: bytes, secrets: tuple[str, ...] = ()) -> list[str]:
    """As it is told, piece by piece."""
    found: list[str] = []
    lines = PrintedLines([masker_of(secrets)], found.append)
    for piece in pieces:
        lines.feed(piece)
    lines.end()
    return found


def test_whole_lines_at_once_and_half_a_line_at_the_end() -> None:
    assert told(b"a\nb\nc", b"d\ne") == ["a\nb", "cd", "e"]
    assert told(b"a\n") == ["a"]
    assert told() == []


def test_a_secret_of_several_lines_that_comes_in_pieces() -> None:
    text = f"here: {SECRET} and on\n".encode()
    for cut in range(len(text)):
        whole = "\n".join(told(text[:cut], text[cut:], secrets=(SECRET,)))
        assert "hunter2" not in whole
        assert whole == "here: *** and on"


def test_a_character_in_two_pieces_and_bytes_that_are_none() -> None:
    assert told("é\n".encode()[:1], "é\n".encode()[1:]) == ["é"]
    assert told(b"caf\xe9\n", b"\xff") == ["caf\ufffd", "\ufffd"]


def test_what_is_written_over_is_gone() -> None:
    assert told(b"10%\r50%\r100%\r\ndone\r\n") == ["100%\ndone"]


def test_a_long_line_is_cut_however_it_comes() -> None:
    long = b"x" * (3 * LONGEST_LINE)
    shown = "x" * LONGEST_LINE + CUT
    assert told(long + b"\nshort\n") == [f"{shown}\nshort"]
    assert told(*[long[:1000]] * 20, b"\nshort\n") == [f"{shown}\nshort"]
    assert told(long) == [shown]


@given(st.lists(st.text(alphabet="ab\n", max_size=9), max_size=9))
def test_nothing_is_lost_however_it_is_cut(pieces: list[str]) -> None:
    whole = "".join(pieces)
    found = "\n".join(told(*(piece.encode() for piece in pieces)))
    assert found == whole.removesuffix("\n")
