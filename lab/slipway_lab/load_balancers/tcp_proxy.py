# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carries TCP connections from one port to targets that are well, in turn."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
import struct
from collections.abc import Callable, Sequence

_CONNECT_SECONDS = 5.0
_CHUNK = 65536
_Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class TcpProxy:
    """One port of a load balancer.

    targets: gives the addresses that are well now
    proxy_protocol: tell targets the client's address (PROXY protocol, version 1)
    """

    def __init__(
        self, port: int, target_port: int, targets: Callable[[], Sequence[str]], *, proxy_protocol: bool
    ) -> None:
        self.port = port
        self.target_port = target_port
        self.proxy_protocol = proxy_protocol
        self._targets = targets
        self._turn = itertools.count()
        self._server: asyncio.Server | None = None

    async def start(self, address: str) -> None:
        self._server = await asyncio.start_server(self._accepted, address, self.port, reuse_address=True)

    def stop(self) -> None:
        """Take no more connections. Those that are there end when either side ends them."""
        if self._server is not None:
            self._server.close()

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        target = await self._connect()
        if target is None:
            _reset(writer)
            return
        try:
            if self.proxy_protocol:
                target[1].write(_header(writer))
            await asyncio.gather(_pump(reader, target[1]), _pump(target[0], writer))
        except OSError:
            # One side broke it off, and the other learns of it in the same way.
            _reset(writer)
            _reset(target[1])
        finally:
            for one in (writer, target[1]):
                one.close()

    async def _connect(self) -> _Stream | None:
        """A connection to the target whose turn it is, or the next one that takes it."""
        targets = self._targets()
        if not targets:
            return None
        first = next(self._turn) % len(targets)
        for address in (*targets[first:], *targets[:first]):
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(_CONNECT_SECONDS):
                    return await asyncio.open_connection(address, self.target_port)
        return None


def _header(client: asyncio.StreamWriter) -> bytes:
    """https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt, 2.1."""
    (source, source_port), (own, own_port) = client.get_extra_info("peername"), client.get_extra_info("sockname")
    return f"PROXY TCP4 {source} {own} {source_port} {own_port}\r\n".encode()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Until this direction ends; the other one may go on."""
    while chunk := await reader.read(_CHUNK):
        writer.write(chunk)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()


def _reset(writer: asyncio.StreamWriter) -> None:
    own_socket = writer.get_extra_info("socket")
    with contextlib.suppress(OSError):
        own_socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
