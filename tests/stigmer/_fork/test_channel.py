"""Messages of a zygote, and the descriptors that come with them."""

from __future__ import annotations

import os
import socket

import pytest

from stigmer._fork.channel import Channel


def test_who_closes_it_keeps_no_descriptor_of_a_request_that_nobody_took() -> None:
    """A fork closes the client's channel; it was made when the next request had come already."""
    ours, theirs = socket.socketpair()
    client, zygote = Channel(ours), Channel(theirs)
    reading, writing = os.pipe()
    client.send({"done": True})
    assert client.send_with({"out": "somewhere"}, [reading, writing])
    assert zygote.receive() == {"done": True}
    came = zygote._descriptors.copy()
    assert len(came) == 2, "the kernel gives both messages at once"
    zygote.close()
    for number in came:
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(number)
    client.close()
    os.close(reading)
    os.close(writing)
