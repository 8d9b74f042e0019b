# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers to GET and HEAD, from memory or from a file, for the lab's plain servers."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path

_COPY_BYTES = 1 << 20


class FileAnswers(BaseHTTPRequestHandler):
    """A handler whose answer() calls send() once."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.answer()

    def do_HEAD(self) -> None:
        self.answer()

    def answer(self) -> None:
        """Answer this request, of which HEAD differs from GET by nothing else than that its body is not sent."""
        raise NotImplementedError

    def send(
        self, status: HTTPStatus, content: Path | bytes, content_type: str, headers: Mapping[str, str] | None = None
    ) -> None:
        """Send a whole answer. content: the body, or the file that holds it."""
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        size = len(content) if isinstance(content, bytes) else content.stat().st_size
        self.send_header("Content-Length", str(size))
        self.end_headers()
        if self.command == "HEAD":
            return
        if isinstance(content, bytes):
            self.wfile.write(content)
            return
        with content.open("rb") as file:
            shutil.copyfileobj(file, self.wfile, _COPY_BYTES)
