# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The DNS server as part of the lab's server: where it listens, and its start and end."""

from __future__ import annotations

import contextlib
import logging
import socket
import socketserver
import struct
import threading
from collections.abc import Callable

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode

from slipway_lab.api.records import Domain, DomainRecord
from slipway_lab.api.store import Store
from slipway_lab.api.zone_file import render
from slipway_lab.backend import BackendError
from slipway_lab.cluster.host import set_up_host
from slipway_lab.config import LabConfig, NodeKind
from slipway_lab.dns.address import DNS_PORT, port_file
from slipway_lab.dns.answers import Zones, read_zone, respond
from slipway_lab.dns.errors import DnsError

_logger = logging.getLogger(__name__)

# What a client without EDNS takes by UDP (RFC 1035, 4.2.1).
_PLAIN_PAYLOAD = 512
_IDLE_SECONDS = 10.0


class DnsServer:
    """Answers by UDP and TCP from threads of this process.

    With real nodes at port 53 of the host's address on their network, so that pods and the host use one server;
    otherwise on a port of 127.0.0.1 that stays the same from start to start.
    """

    def __init__(self, config: LabConfig, store: Store) -> None:
        self._config = config
        self._store = store
        self._servers: list[socketserver.TCPServer] = []

    def start(self) -> None:
        """Listen and serve. Raises DnsError."""
        for server in self._listen():
            self._servers.append(server)
            name = f"dns-{'udp' if isinstance(server, socketserver.UDPServer) else 'tcp'}"
            threading.Thread(target=server.serve_forever, name=name, daemon=True).start()

    def stop(self) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()
        self._servers = []

    def _listen(self) -> tuple[socketserver.TCPServer, socketserver.TCPServer]:
        if self._config.nodes is NodeKind.REAL:
            try:
                set_up_host(self._config)
            except (BackendError, OSError) as error:
                raise DnsError(
                    f"the network of the machines, on which the DNS server listens, cannot be made: {error}"
                ) from error
            return self._bind(str(self._config.host_address), DNS_PORT)
        kept_port = port_file(self._config)
        kept_port.parent.mkdir(parents=True, exist_ok=True)
        try:
            return self._bind("127.0.0.1", int(kept_port.read_text()))
        except (FileNotFoundError, ValueError):
            servers = self._bind("127.0.0.1", 0)
            kept_port.write_text(str(_port(servers[0])))
            return servers

    def _bind(self, address: str, port: int) -> tuple[socketserver.TCPServer, socketserver.TCPServer]:
        """Both at one port; port 0 is any that is free for TCP."""
        try:
            tcp = _TcpServer((address, port), _handler(_TcpHandler, self._answer))
            try:
                udp = _UdpServer((address, _port(tcp)), _handler(_UdpHandler, self._answer))
            except OSError:
                tcp.server_close()
                raise
        except OSError as error:
            raise DnsError(f"the DNS server cannot listen on {address}:{port}: {error.strerror}") from error
        return tcp, udp

    def _zones(self) -> Zones:
        records = self._store.all(DomainRecord)
        return {
            dns.name.from_text(domain.id): read_zone(
                domain.id, render(domain, (record for record in records if record.domain == domain.id))
            )
            for domain in self._store.all(Domain)
        }

    def _answer(self, wire: bytes, largest: int | None) -> bytes | None:
        """The answer to a query as both are sent; None for what is no query. largest: bytes, by UDP."""
        try:
            query = dns.message.from_wire(wire)
        except dns.exception.DNSException:
            return None
        if query.flags & dns.flags.QR:
            return None
        try:
            response = respond(query, self._zones())
        except Exception:
            _logger.exception("no answer to %s", query.question)
            response = dns.message.make_response(query)
            response.set_rcode(dns.rcode.SERVFAIL)
        size = 65535 if largest is None else max(query.payload, largest)
        return response.to_wire(max_size=size, prefer_truncation=True)


def _port(server: socketserver.TCPServer) -> int:
    port: int = server.socket.getsockname()[1]
    return port


_Answer = Callable[[bytes, int | None], bytes | None]


class _Handler(socketserver.BaseRequestHandler):
    answer: _Answer


def _handler(kind: type[_Handler], answer: _Answer) -> type[_Handler]:
    return type(kind.__name__, (kind,), {"answer": staticmethod(answer)})


class _UdpHandler(_Handler):
    def handle(self) -> None:
        wire, own_socket = self.request
        response = self.answer(wire, _PLAIN_PAYLOAD)
        if response is not None:
            own_socket.sendto(response, self.client_address)


class _TcpHandler(_Handler):
    """Any number of queries, each after its length (RFC 7766)."""

    def handle(self) -> None:
        self.request.settimeout(_IDLE_SECONDS)
        with contextlib.suppress(OSError):
            while (wire := self._read()) is not None:
                response = self.answer(wire, None)
                if response is None:
                    return
                self.request.sendall(struct.pack("!H", len(response)) + response)

    def _read(self) -> bytes | None:
        length = self._read_exactly(2)
        return None if length is None else self._read_exactly(struct.unpack("!H", length)[0])

    def _read_exactly(self, count: int) -> bytes | None:
        content = b""
        while len(content) < count:
            chunk = self.request.recv(count - len(content))
            if not chunk:
                return None
            content += chunk
        return content


class _UdpServer(socketserver.ThreadingUDPServer):
    daemon_threads = True
    max_packet_size = 65535


class _TcpServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    address_family = socket.AF_INET
