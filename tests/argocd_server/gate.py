# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A gate before a server, as a load balancer is: it passes connections on, and can be shut for a while."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit


class Gate:
    """Passes bytes on to the server of a URL. url: that of the gate; refused: how many connections found it shut."""

    def __init__(self, server: str) -> None:
        parts = urlsplit(server)
        assert parts.hostname is not None and parts.port is not None
        self._server = (parts.hostname, parts.port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"{parts.scheme}://127.0.0.1:{self._listener.getsockname()[1]}"
        self.refused = 0
        self._open = threading.Event()
        self._open.set()
        self._connections: list[socket.socket] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def __enter__(self) -> Gate:
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        self.shut()

    def shut(self) -> None:
        """Break every connection, and every one that comes."""
        self._open.clear()
        while self._connections:
            _break(self._connections.pop())

    def open(self) -> None:
        self._open.set()

    @contextlib.contextmanager
    def opened_after(self, seconds: float) -> Iterator[None]:
        """Shut at first; so many seconds later it is open again, while the block runs."""
        self.shut()
        timer = threading.Timer(seconds, self.open)
        timer.start()
        try:
            yield
        finally:
            timer.join()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if not self._open.is_set():
                    self.refused += 1
                    _break(client)
                    continue
                server = socket.create_connection(self._server)
                self._connections += [client, server]
                for source, target in ((client, server), (server, client)):
                    threading.Thread(target=_pass_on, args=(source, target), daemon=True).start()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def _break(connection: socket.socket) -> None:
    """End it with a reset. Shut down first, as another thread may be reading."""
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
