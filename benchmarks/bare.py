"""The floor: a process that imports grpc.aio and makes the calls of one run. usage: bare.py ADDRESS SLUG"""

from __future__ import annotations

import asyncio
import sys

import grpc.aio
from calls import Calls


async def main(address: str, slug: str) -> None:
    async with grpc.aio.insecure_channel(address) as channel:
        print(await Calls(channel).run(slug))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
