# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A local HTTPS server that plays a script: each request must be the next one expected."""

from __future__ import annotations

import datetime
import ipaddress
import json
import socket
import ssl
import struct
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

TOKEN = "dop_v1_a_token_that_must_never_show"
RESET = "reset"  # the connection breaks instead of an answer
TRUNCATED = "truncated"  # the answer ends before its end
SILENT = "silent"  # no answer
STALLED = "stalled"  # half an answer, and then nothing
SILENCE_SECONDS = 1.0
FORM = "application/x-www-form-urlencoded"
HTML = b"<html><body>502 Bad Gateway</body></html>"


@dataclass
class Seen:
    """A request as it came."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


@dataclass
class Expected:
    """A request that must come next, and what is answered. lasting: to every such request in a row."""

    method: str
    path: str
    answer: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    request: Any = None
    query: dict[str, str] | None = None
    behaviour: str = ""
    lasting: bool = False
    played: int = 0


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that is its own CA, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "scripted api")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate_file, key_file = folder / "ca.crt", folder / "ca.key"
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certificate_file, key_file


class ScriptedApi:
    """The server and its script. Call verify at the end: every expected call came, and no other."""

    def __init__(self, certificate: tuple[Path, Path]) -> None:
        self.ca_cert = str(certificate[0])
        self.script: deque[Expected] = deque()
        self.seen: list[Seen] = []
        self.mistakes: list[str] = []
        self.closing = threading.Event()
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def log_message(self, *_: Any) -> None:
                """Say nothing on stderr."""

            def handle_one(self) -> None:
                api.answer(self)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_one  # noqa: N815

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*map(str, certificate))
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"https://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> ScriptedApi:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def expect(self, method: str, path: str, answer: Any = None, **more: Any) -> ScriptedApi:
        """Add a call to the script. request: the body that must come; behaviour: RESET, TRUNCATED, ...;
        lasting: it stands for all such calls in a row, one at least."""
        if "status" not in more:
            more["status"] = {"POST": 201, "DELETE": 204}.get(method, 200)
        self.script.append(Expected(method, path, answer, **more))
        return self

    def verify(self) -> None:
        self.leave_what_lasted()
        left = [f"{item.method} {item.path}" for item in self.script]
        assert not self.mistakes, "\n".join(self.mistakes)
        assert not left, f"these calls were expected and did not come: {left}"

    @property
    def calls(self) -> list[str]:
        return [f"{seen.method} {seen.path}" for seen in self.seen]

    def body(self, method: str, path: str) -> Any:
        """The JSON body of the last such request."""
        return next(seen.body for seen in reversed(self.seen) if (seen.method, seen.path) == (method, path))

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        url = urlsplit(handler.path)
        raw = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        body = raw.decode() if headers.get("content-type", "").startswith(FORM) else json.loads(raw) if raw else None
        seen = Seen(handler.command, url.path, dict(parse_qsl(url.query)), headers, body)
        self.seen.append(seen)
        if self.script and self.compare(seen, self.script[0]):
            self.leave_what_lasted()
        expected = self.script[0] if self.script else None
        if expected is not None:
            expected.played += 1
            if not expected.lasting:
                self.script.popleft()
        problem = self.compare(seen, expected)
        if problem or expected is None:
            self.mistakes.append(problem)
            self.send(handler, 400, {"id": "unexpected", "message": problem}, {})
            return
        if expected.behaviour == RESET:
            # Linger for no time: the kernel answers with RST instead of FIN.
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            handler.close_connection = True
            handler.connection.close()
            return
        if expected.behaviour == SILENT:
            self.closing.wait(SILENCE_SECONDS)
            handler.close_connection = True
            return
        cut = expected.behaviour in {TRUNCATED, STALLED}
        self.send(handler, expected.status, expected.answer, expected.headers, cut=cut)
        if expected.behaviour == STALLED:
            self.closing.wait(SILENCE_SECONDS)
        if cut:
            handler.close_connection = True
            handler.connection.close()

    def leave_what_lasted(self) -> None:
        """The trouble that lasted is over, when it was met."""
        if self.script and self.script[0].lasting and self.script[0].played:
            self.script.popleft()

    @staticmethod
    def compare(seen: Seen, expected: Expected | None) -> str:
        call = f"{seen.method} {seen.path}"
        if expected is None:
            return f"{call} came and nothing was expected any more"
        if (seen.method, seen.path) != (expected.method, expected.path):
            return f"{call} came, expected was {expected.method} {expected.path}"
        if expected.request is not None and seen.body != expected.request:
            return f"{call} came with {json.dumps(seen.body)}, expected was {json.dumps(expected.request)}"
        if expected.query is not None and not expected.query.items() <= seen.query.items():
            return f"{call} came with the query {seen.query}, expected was {expected.query}"
        return ""

    @staticmethod
    def send(
        handler: BaseHTTPRequestHandler, status: int, answer: Any, headers: dict[str, str], *, cut: bool = False
    ) -> None:
        content = answer if isinstance(answer, bytes) else b"" if answer is None else json.dumps(answer).encode()
        kind = "text/html" if isinstance(answer, bytes) else "application/json"
        handler.send_response(status)
        for name, value in {"Content-Type": kind, "x-request-id": "req-1", **headers}.items():
            handler.send_header(name, value)
        if status != 204:
            handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        if status != 204:
            handler.wfile.write(content[: len(content) // 2] if cut else content)
        handler.wfile.flush()


def page(key: str, *items: Any, next_page: str = "", total: int | None = None) -> dict[str, Any]:
    """One page of a list, as the API answers it."""
    pages = {"pages": {"next": next_page}} if next_page else {}
    return {key: list(items), "links": pages, "meta": {"total": len(items) if total is None else total}}


ModuleRun = Callable[..., dict[str, Any]]
