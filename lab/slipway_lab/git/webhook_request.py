# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One POST of a webhook, to wherever the name in its URL leads by a resolver of the caller's."""

from __future__ import annotations

import functools
import http.client
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any

_TIMEOUT_SECONDS = 10.0
_SHOWN_CHARACTERS = 300


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    insecure_ssl: bool,
    find_address: Callable[[str], str],
) -> tuple[int | None, str]:
    """Status of the answer, None when there was none; and what went wrong, "" when nothing did.

    insecure_ssl: any certificate will do
    find_address: where a host is, as an address or as a name that this machine's resolver knows
    """
    context = ssl.create_default_context()
    if insecure_ssl:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    handlers = [
        urllib.request.ProxyHandler({}),
        _NoRedirect(),
        _HttpHandler(find_address),
        _HttpsHandler(find_address, context),
    ]
    try:
        request = urllib.request.Request(url, body, dict(headers), method="POST")  # noqa: S310 - checked when added
        with urllib.request.build_opener(*handlers).open(request, timeout=_TIMEOUT_SECONDS) as response:
            return int(response.status), ""
    except urllib.error.HTTPError as error:
        with error:
            text = error.read(_SHOWN_CHARACTERS).decode(errors="replace").strip()
        return error.code, f"answered {error.code} {text}".strip()
    except (OSError, ValueError, http.client.HTTPException) as error:
        return None, f"no answer: {getattr(error, 'reason', None) or error}"


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer like another: GitHub does not follow them either."""

    def redirect_request(self, *_: Any) -> None:
        return None


class _HttpConnection(http.client.HTTPConnection):
    def __init__(self, *arguments: Any, find_address: Callable[[str], str], **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self._find_address = find_address

    def connect(self) -> None:
        self.sock = socket.create_connection((self._find_address(self.host), self.port), self.timeout)


class _HttpsConnection(_HttpConnection):
    default_port = http.client.HTTPS_PORT

    def __init__(self, *arguments: Any, context: ssl.SSLContext, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self._context = context

    def connect(self) -> None:
        super().connect()
        # The certificate is for the name, wherever that leads.
        self.sock = self._context.wrap_socket(self.sock, server_hostname=self.host)


class _HttpHandler(urllib.request.HTTPHandler):
    def __init__(self, find_address: Callable[[str], str]) -> None:
        super().__init__()
        self._connect = functools.partial(_HttpConnection, find_address=find_address)

    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(self._connect, req)


class _HttpsHandler(urllib.request.HTTPSHandler):
    def __init__(self, find_address: Callable[[str], str], context: ssl.SSLContext) -> None:
        super().__init__(context=context)
        self._connect = functools.partial(_HttpsConnection, find_address=find_address, context=context)

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(self._connect, req)
