"""Random numbers of libraries that are loaded ahead: no two forks have the same."""

from __future__ import annotations

import sys
from textwrap import dedent

import pytest

from runcmd.project import Project
from runcmd.synthesis.forks.zygote import Zygote
from tests.runcmd.synthesis.forks.zygotes import (
    REPLY,
    Count,
    Library,
    agent_project,
    forks,
    library,
    preloaded,
    said,
    zygote,
)

__all__ = ["agent_project", "forks", "library", "zygote"]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there are only fresh children")

AT_EACH_USE = """
def __getattr__(name):
    if name == "VALUE":
        return {value}
    raise AttributeError(name)
"""


@pytest.mark.parametrize(
    ("text", "value", "differs"),
    [
        ("import random\ngenerator = random.Random()", "generator.random()", True),
        ("import random\ngenerator = random.Random(7)", "generator.random()", False),
        ("import random\ngenerator = random.Random()\ngenerator.seed(7)", "generator.random()", False),
        ("import random\ngenerator = random.Random(7)\ngenerator.seed()", "generator.random()", True),
        (
            "import random\nclass Own(random.Random):\n    __slots__ = ()\ngenerator = Own()",
            "generator.random()",
            True,
        ),
        ("import random", "random.random()", True),
        ("import random", "random.SystemRandom().random()", True),
        ("import uuid", "uuid.uuid4()", True),
        ("import secrets", "secrets.token_hex()", True),
        ("from multiprocessing import current_process", "bytes(current_process().authkey).hex()", True),
    ],
)
async def test_a_generator_of_a_library_has_other_numbers_in_each_fork(
    text: str,
    value: str,
    differs: bool,
    agent_project: Project,
    zygote: Zygote,
    library: Library,
    forks: Count,
) -> None:
    library.install("numbers_of_its_own", text + AT_EACH_USE.format(value=value))
    agent_project.main.write_text(REPLY.format(module="numbers_of_its_own"))
    seen = [await said(agent_project, zygote)]
    await preloaded(zygote, "numbers_of_its_own")
    seen += [await said(agent_project, zygote) for _ in range(3)]
    assert len(set(seen)) == (4 if differs else 1)
    assert forks() == 4


@pytest.mark.parametrize(
    "text",
    [
        "import random\nVALUE = random.random()",
        "import random\nVALUE = random.Random().random()",
        "import random\nkept = random.Random()\nVALUE = kept.random()",
        "import uuid\nVALUE = uuid.uuid4()",
        "import secrets\nVALUE = secrets.token_hex()",
        "import os\nVALUE = os.urandom(4).hex()",
        "from os import urandom\nVALUE = urandom(4).hex()",
    ],
)
async def test_a_number_that_was_drawn_at_the_import_differs_as_well(
    text: str, agent_project: Project, zygote: Zygote, library: Library
) -> None:
    """It is not loaded ahead, or the library before it is; either way, what it says is new."""
    library.install("drawing", text + "\n")
    library.install("harmless", "")
    agent_project.main.write_text("import harmless\n" + dedent(REPLY.format(module="drawing")))
    seen = [await said(agent_project, zygote)]
    await preloaded(zygote, "harmless")
    seen += [await said(agent_project, zygote) for _ in range(3)]
    assert len(set(seen)) == 4
    assert "drawing" in zygote._blocked
