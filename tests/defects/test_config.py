"""Defects of the original command, by their numbers: its configuration file."""

from __future__ import annotations

from tests.support.world import World


def test_b58_values_are_checked_before_they_are_written(world: World) -> None:
    for key, value, near in (
        ("backend.type", "clowd", "cloud"),
        ("llm.provider", "antropic", "anthropic"),
        ("execution.mode", "sandbx", "sandbox"),
    ):
        done = world.run("config", "set", key, value)
        assert done.code == 2
        assert f'"{value}" is not one of' in done.err
        assert f'did you mean "{near}"?' in done.err
    assert not (world.dir / ".stigmer" / "config.yaml").exists()
    assert world.run("config", "set", "execution.mode", "sandbox").code == 0
