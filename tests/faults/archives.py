"""Skill archives that want to write elsewhere, fill the disk, or are none at all."""

from __future__ import annotations

import asyncio

import grpc

from stigmerd.daemon.place import DaemonPlace
from tests.faults.figure import Figure
from tests.support.api import Api
from tests.support.skills import BAD, MANUAL, packed, push
from tests.support.world import World, new_world

OUTSIDE = (
    "../canary",
    "../../canary",
    "a/../../canary",
    "a/./../../../canary",
    "/tmp/canary",
    "//server/share/canary",
    "..\\canary",
    "a\\..\\..\\canary",
    "C:canary",
    "C:\\canary",
    "\\canary",
    "..",
    "a/..",
    "./../canary",
    "canary/" * 2000 + "x",
    "c" * 300,
)


def skill_archives() -> Figure:
    archives = {name: make() for name, (make, _) in BAD.items()}
    archives |= {name[:40]: packed({"SKILL.md": MANUAL, name: "x"}) for name in OUTSIDE}
    with new_world() as world:
        assert world.run("server", "start").code == 0
        violations = asyncio.run(_pushed(world, archives))
        pid = world.daemon_pid()
        violations += [f"{path} was written" for path in world.dir.rglob("*canary*")]
        if pid is None:
            violations.append("the backend is gone")
    return Figure(
        line=f"{len(archives)} skill archives that are none: {len(violations)} were taken or did something",
        violations=tuple(violations),
    )


async def _pushed(world: World, archives: dict[str, bytes]) -> list[str]:
    violations = []
    async with grpc.aio.insecure_channel(f"unix:{DaemonPlace.of(world.data).socket}") as channel:
        api = Api(channel)
        for name, archive in archives.items():
            try:
                await api.skill.push(push(archive))
                violations.append(f"{name}: taken")
            except grpc.aio.AioRpcError as error:
                if error.code() is not grpc.StatusCode.INVALID_ARGUMENT:
                    violations.append(f"{name}: {error.code().name} {error.details()}")
    return violations
