"""A daemon that seems to be of an older version."""

from __future__ import annotations

import json

from stigmerd.daemon.place import DaemonPlace


def pretend_older(place: DaemonPlace, **fields: object) -> None:
    found = json.loads(place.info_file.read_text())
    place.info_file.write_text(json.dumps({**found, "version": "0.0.1", **fields}))
