"""Garbage is taken out, and what has been imported is not looked at again."""

from __future__ import annotations

import subprocess
import sys

# In a process of its own: it changes how Python collects garbage.
PROGRAM = """
import gc
from weakref import ref
from devloop.loop.collect import collect_garbage

class Knot:
    def __init__(self):
        self.self = self

def knot():
    return ref(Knot())

gc.disable()
for _ in range(3):
    knotted = knot()
    assert knotted() is not None
    collect_garbage()
    assert knotted() is None
    print(gc.get_freeze_count() > 1000, len(gc.get_objects()) < 1000)
"""


def test_what_refers_to_itself_is_freed_each_time_and_imports_are_set_aside() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True"] * 3
