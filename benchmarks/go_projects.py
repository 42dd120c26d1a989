"""An unchanged Go project: how long until its agent runs?

The original's command runs `go mod tidy` and `go run main.go`, and then makes its calls: what these two take
is less than what it takes.
"""

from __future__ import annotations

import os
import shutil
import sys
import time

from measure import command, in_turns, processor_seconds, table

from stigmer_api.manifest_files import OUT_DIR
from tests.runcmd.synthesis.golang.gophers import MODULE, program
from tests.support.world import STIGMER, new_world

ROUNDS = 15
STILL_SECONDS = 0.5  # a build right after an edit may not be kept
ORIGINAL = "go mod tidy; go run main.go"


def main() -> None:
    if shutil.which("go") is None:
        sys.exit("needs Go: https://go.dev/dl")
    with new_world() as world:
        # Go keeps what it compiled where the caller does.
        world.extra.update({name: os.environ[name] for name in ("HOME", "GOCACHE") if name in os.environ})
        directory, out = world.dir / "app", world.dir / "out"
        directory.mkdir()
        out.mkdir()
        (directory / "Stigmer.yaml").write_text("name: demo\nruntime: go\n")
        (directory / "go.mod").write_text(MODULE)
        (directory / "main.go").write_text(program("_ = http.DefaultClient", imports='"net/http"'))
        theirs = world.environ | {OUT_DIR: str(out)}
        candidates = {
            ORIGINAL: command(["sh", "-c", "go mod tidy && go run main.go"], directory, theirs),
            "go run main.go": command(["go", "run", "main.go"], directory, theirs),
            "stigmer run NAME --no-follow": command(
                [STIGMER, "run", "gopher", "--no-follow"], directory, world.environ
            ),
        }
        time.sleep(STILL_SECONDS)
        times = in_turns(candidates, ROUNDS)
        processor = in_turns(candidates, ROUNDS, processor_seconds)
    table(times, ORIGINAL)
    print("processor time:")
    table(processor, ORIGINAL)
    print("goal: at most 1.2 x")


if __name__ == "__main__":
    main()
