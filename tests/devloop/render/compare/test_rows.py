"""Which words of two answers differ."""

from __future__ import annotations

from devloop.render.compare.rows import LinePair, differing_words, rows


def marked(row: LinePair) -> tuple[str | None, str | None]:
    """Each side as a text, what differs in brackets."""

    def side(line: tuple[tuple[str, bool], ...] | None) -> str | None:
        if line is None:
            return None
        return "".join(f"[{text}]" if differs else text for text, differs in line)

    return side(row.before), side(row.after)


def test_words_that_differ_are_marked_in_their_line() -> None:
    (row,) = rows("Hello Ada, how are you?", "Good morning Ada, how are you?")
    assert marked(row) == ("[Hello] Ada, how are you?", "[Good morning] Ada, how are you?")


def test_lines_that_are_the_same_stand_beside_each_other() -> None:
    found = rows("one\ntwo\nthree", "one\nthree\nfour")
    assert [marked(row) for row in found] == [
        ("one", "one"),
        ("[two]", None),
        ("three", "three"),
        (None, "[four]"),
    ]


def test_lines_with_little_in_common_differ_as_a_whole() -> None:
    (row,) = rows("alpha beta gamma", "one two three four five")
    assert marked(row) == ("[alpha beta gamma]", "[one two three four five]")


def test_how_many_words_differ() -> None:
    assert differing_words("a b c d", "a b x d") == (1, 4)
    assert differing_words("same", "same") == (0, 1)
    assert differing_words("", "all new") == (2, 2)
    assert differing_words("it was more", "it was") == (0, 2)


def test_long_texts_are_compared_in_bounded_time() -> None:
    long = " ".join(map(str, range(50_000)))
    (row,) = rows(long, f"{long} end")
    assert not row.same
    many = "\n".join(map(str, range(6000)))
    assert len(rows(many, f"{many}\nend")) == 6001
