# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A request's connection in the hands of an ASGI application: cut it, reset it, or leave it without an answer."""

from __future__ import annotations

import asyncio
import socket
import struct

from starlette.types import Receive, Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_TRANSPORT_KEY = "slipway.transport"


class TransportAwareProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol, which also hands the connection to the application so that it can cut it."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["state"][_TRANSPORT_KEY] = self.transport


async def cut(scope: Scope, receive: Receive, *, reset: bool) -> None:
    """End the connection of a request at once; reset: with a TCP reset instead of an orderly end.

    Returns when it has ended: a server that still has it would answer in the application's place.
    """
    transport: asyncio.Transport = scope["state"][_TRANSPORT_KEY]
    if reset:
        # The transport's socket may not allow setsockopt (uvloop); a duplicate of its descriptor does.
        with socket.socket(fileno=socket.dup(transport.get_extra_info("socket").fileno())) as duplicate:
            duplicate.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()
    else:
        transport.close()
    await until_left(receive)


async def until_left(receive: Receive) -> None:
    """Wait until the caller has ended the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass
