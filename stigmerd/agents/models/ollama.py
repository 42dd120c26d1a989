"""Does an Ollama run on this machine, and which models has it?"""

from __future__ import annotations

import asyncio
import json
from typing import Final
from urllib.parse import urlsplit

URL: Final = "http://localhost:11434"
PROBE_SECONDS: Final = 0.5


async def probe_ollama(url: str) -> list[str] | None:
    """The models that an Ollama at this address has; None when none answers."""
    place = urlsplit(url)
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            reader, writer = await asyncio.open_connection(place.hostname, place.port)
            writer.write(f"GET /api/tags HTTP/1.0\r\nHost: {place.netloc}\r\n\r\n".encode())
            answer = await reader.read(-1)
            writer.close()
        head, _, body = answer.partition(b"\r\n\r\n")
        models = json.loads(body)["models"]
        return [str(model["name"]) for model in models] if b" 200 " in head[:20] else None
    except (OSError, TimeoutError, ValueError, KeyError, TypeError, RecursionError):
        return None
