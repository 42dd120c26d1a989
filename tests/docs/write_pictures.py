"""Writes docs/pictures, from real runs: `python -m tests.docs.write_pictures`.

A picture that shows the same lines stays as it is, whatever came a moment earlier or later this time.
"""

from __future__ import annotations

from tests.docs.stories import FOLDER, pictures, record
from tests.docs.svg import lines_of
from tests.support.world import new_world


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with new_world() as world:
        for name, text in pictures(record(world)).items():
            file = FOLDER / name
            known = lines_of(file.read_text("utf-8")) if file.exists() else set()
            if known != lines_of(text):
                file.write_text(text, "utf-8")
                print(f"{file.name} is new")


if __name__ == "__main__":
    main()
