"""`stigmer server logs -f` follows the backend, whatever becomes of it."""

from __future__ import annotations

import signal

from tests.support.world import World


def test_the_log_is_followed_across_a_restart(world: World) -> None:
    missing = world.run("server", "logs")
    assert (missing.code, "there is no log yet" in missing.err) == (4, True)
    following = world.start("server", "logs", "-f")
    following.until("waiting for the first line")
    for _ in range(2):
        world.run("server", "start")
        following.until("ready in")
        world.run("server", "stop")
        following.until("stopped")
    following.signal(signal.SIGINT)
    done = following.end()
    assert (done.code, done.err) == (130, "")
    last = world.run("server", "logs", "-n", "1")
    assert (last.code, len(last.out.splitlines())) == (0, 1)


def test_who_reads_no_more_ends_it(world: World) -> None:
    world.run("server", "start")
    done = world.run(through=["/bin/sh", "-c", 'exec "$0" server logs -f | head -n 1'])
    assert (done.code, done.out.count("\n")) == (0, 1)
