"""Writes the screens of the stories anew: `python -m tests.devloop.render.live.write_live [PICTURES]`.

With a directory, it writes a picture (SVG) of each screen there, too, for somebody to look at.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.devloop.render.live.picture import picture
from tests.devloop.render.live.stories import GOLDEN, STORIES, played

if __name__ == "__main__":
    for story in STORIES:
        stage = played(story)
        (GOLDEN / f"{story.__name__}.txt").write_text(stage.text, "utf-8")
        for directory in map(Path, sys.argv[1:]):
            for number, (name, rows) in enumerate(stage.pictures):
                (directory / f"{story.__name__}-{number}.svg").write_text(picture(name, rows), "utf-8")
