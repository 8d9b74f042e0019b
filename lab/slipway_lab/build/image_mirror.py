# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A read-only OCI registry over the image store; containerd asks it for every image under its upstream name.

containerd's `_default` mirror passes the registry's name as `?ns=`, so docker.io/library/busybox:1.36 comes as
/v2/library/busybox/manifests/1.36?ns=docker.io. Protocol: OCI distribution specification 1.1, pull only.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from slipway_lab.build.errors import BuildError
from slipway_lab.build.oci import MANIFEST_TYPE, BlobStore
from slipway_lab.file_answers import FileAnswers

FindImage = Callable[[str], str | None]


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


class _Handler(FileAnswers):
    server: _Server

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: containerd logs every pull on its side."""

    def answer(self) -> None:
        url = urlsplit(self.path)
        parts = url.path.strip("/").split("/")
        if parts == ["v2"]:
            self._say(HTTPStatus.OK, b"{}", "application/json")
            return
        if len(parts) >= 4 and parts[0] == "v2" and parts[-2] in ("manifests", "blobs"):
            registry = parse_qs(url.query).get("ns", ["docker.io"])[0]
            try:
                digest = self._digest("/".join([registry, *parts[1:-2]]), parts[-1])
            except BuildError as error:
                self._refuse(HTTPStatus.INTERNAL_SERVER_ERROR, "UNKNOWN", str(error))
                return
            if digest and self.server.blobs.has(digest):
                content_type = MANIFEST_TYPE if parts[-2] == "manifests" else "application/octet-stream"
                self._say(HTTPStatus.OK, self.server.blobs.path(digest), content_type, digest)
                return
        self._refuse(HTTPStatus.NOT_FOUND, "MANIFEST_UNKNOWN", "the lab does not make this image")

    def _refuse(self, status: HTTPStatus, code: str, message: str) -> None:
        self._say(status, json.dumps({"errors": [{"code": code, "message": message}]}).encode(), "application/json")

    def _digest(self, repository: str, reference: str) -> str | None:
        if not reference.startswith("sha256:"):
            return self.server.find(f"{repository}:{reference}")
        try:
            self.server.blobs.path(reference)
        except ValueError:
            return None
        return reference

    def _say(self, status: HTTPStatus, content: Path | bytes, content_type: str, digest: str | None = None) -> None:
        headers = {"Docker-Distribution-Api-Version": "registry/2.0"}
        if digest:
            headers["Docker-Content-Digest"] = digest
        self.send(status, content, content_type, headers)
