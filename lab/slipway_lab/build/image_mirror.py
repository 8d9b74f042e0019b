# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A read-only OCI registry over the image store; containerd asks it for every image under its upstream name.

containerd's `_default` mirror passes the registry's name as `?ns=`, so docker.io/library/busybox:1.36 comes as
/v2/library/busybox/manifests/1.36?ns=docker.io. Protocol: OCI distribution specification 1.1, pull only.
"""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from slipway_lab.build.errors import BuildError
from slipway_lab.build.oci import MANIFEST_TYPE, BlobStore

FindImage = Callable[[str], str | None]

_COPY_BYTES = 1 << 20


class ImageMirror:
    """Serves images from a thread of this process.

    port: 0 for any free one
    find: gives the manifest digest of a full image name, such as docker.io/library/busybox:1.36, or None; it may take
        long, runs in a thread of the request's own, and what it raises as BuildError is told to who asked
    """

    def __init__(self, address: str, port: int, blobs: BlobStore, find: FindImage) -> None:
        self._server = _Server((address, port), blobs, find)
        self._thread = threading.Thread(target=self._server.serve_forever, name="image-mirror", daemon=True)

    @property
    def port(self) -> int:
        port: int = self._server.server_address[1]
        return port

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], blobs: BlobStore, find: FindImage) -> None:
        self.blobs = blobs
        self.find = find
        super().__init__(address, _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: containerd logs every pull on its side."""

    def _answer(self, with_body: bool) -> None:
        url = urlsplit(self.path)
        parts = url.path.strip("/").split("/")
        if parts == ["v2"]:
            self._send(HTTPStatus.OK, b"{}", "application/json", None, with_body)
            return
        if len(parts) >= 4 and parts[0] == "v2" and parts[-2] in ("manifests", "blobs"):
            registry = parse_qs(url.query).get("ns", ["docker.io"])[0]
            try:
                digest = self._digest("/".join([registry, *parts[1:-2]]), parts[-1])
            except BuildError as error:
                self._refuse(HTTPStatus.INTERNAL_SERVER_ERROR, "UNKNOWN", str(error), with_body)
                return
            if digest and self.server.blobs.has(digest):
                content_type = MANIFEST_TYPE if parts[-2] == "manifests" else "application/octet-stream"
                self._send(HTTPStatus.OK, self.server.blobs.path(digest), content_type, digest, with_body)
                return
        self._refuse(HTTPStatus.NOT_FOUND, "MANIFEST_UNKNOWN", "the lab does not make this image", with_body)

    def _refuse(self, status: HTTPStatus, code: str, message: str, with_body: bool) -> None:
        body = json.dumps({"errors": [{"code": code, "message": message}]}).encode()
        self._send(status, body, "application/json", None, with_body)

    def _digest(self, repository: str, reference: str) -> str | None:
        if not reference.startswith("sha256:"):
            return self.server.find(f"{repository}:{reference}")
        try:
            self.server.blobs.path(reference)
        except ValueError:
            return None
        return reference

    def _send(
        self, status: HTTPStatus, content: Path | bytes, content_type: str, digest: str | None, with_body: bool
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Docker-Distribution-Api-Version", "registry/2.0")
        if digest:
            self.send_header("Docker-Content-Digest", digest)
        size = len(content) if isinstance(content, bytes) else content.stat().st_size
        self.send_header("Content-Length", str(size))
        self.end_headers()
        if not with_body:
            return
        if isinstance(content, bytes):
            self.wfile.write(content)
            return
        with content.open("rb") as file:
            shutil.copyfileobj(file, self.wfile, _COPY_BYTES)
