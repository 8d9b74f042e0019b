# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""One call to the Argo CD API over HTTP: exact headers, encoded paths, no redirects, answers read with care."""

from __future__ import annotations

import json
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from ansible.module_utils.basic import missing_required_lib

from .. import _http_errors
from .._errors import (
    ApiError,
    ConnectionFailedError,
    MissingLibraryError,
    OutcomeUnknownError,
    SlipwayError,
    UnreadableAnswerError,
    status_passes,
)
from .._patience import Outage
from .._progress import ProgressSink, no_progress
from .._reconcile import JsonObject
from .._version import COLLECTION_VERSION

IMPORT_TRACEBACK: str | None
try:
    import requests

    IMPORT_TRACEBACK = None
except ImportError:
    IMPORT_TRACEBACK = traceback.format_exc()

CONNECT_SECONDS = 10.0
# argocd-server closes and reopens its listeners after some changes of its settings; that takes a second or two. A host
# that never answered gets that much.
ATTEMPTS = 5
TOO_MANY = 429
REPEATABLE = frozenset({"GET", "PUT", "DELETE"})
BUSY = frozenset({TOO_MANY, 502, 503, 504})
_CUT_OFF = frozenset(
    {"SSLEOFError", "SSLZeroReturnError", "ConnectionResetError", "ConnectionAbortedError", "BrokenPipeError"}
)
# Names of the gRPC codes that the API puts into its errors.
GRPC_CODES = {
    3: "InvalidArgument", 5: "NotFound", 6: "AlreadyExists", 7: "PermissionDenied", 8: "ResourceExhausted",
    9: "FailedPrecondition", 12: "Unimplemented", 13: "Internal", 14: "Unavailable", 16: "Unauthenticated",
}  # fmt: skip


class TlsError(ConnectionFailedError):
    """No TLS connection could be made: an untrusted certificate, or a server that does not speak TLS."""


class LostAnswerError(OutcomeUnknownError):
    """The connection broke while the answer was awaited.

    passing: whether the call may be sent again
    """

    in_short = "the API does not answer"

    def __init__(self, message: str, next_step: str = "", *, passing: bool) -> None:
        super().__init__(message, next_step)
        self.passing = passing


Segments = Sequence[str]
Query = Mapping[str, Any]


@dataclass(frozen=True)
class Answer:
    """What the API answered: HTTP status, the JSON object, and the error's text when it refused."""

    status: int
    body: JsonObject
    error: str = ""

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def code(self) -> int | None:
        """The gRPC code that every refusal of Argo CD has; None for one that is of something before it."""
        code = self.body.get("code")
        return code if isinstance(code, int) else None


def require_requests() -> None:
    """Raise MissingLibraryError when the requests library is missing."""
    if IMPORT_TRACEBACK is not None:
        raise MissingLibraryError(missing_required_lib("requests"))


class Transport:
    """Sends calls to one Argo CD server.

    base_url: where the server's root is, with its root path, for example https://argocd.example.com
    verify: path of a CA bundle, True for the system's, False for none
    timeout: seconds to wait for one answer
    adapter: replaces how connections are made (a port-forward)
    prefix: what comes before every path
    peer, unreachable: for errors, who answers there, and what to do when nobody does
    """

    def __init__(
        self,
        base_url: str,
        *,
        verify: str | bool = True,
        timeout: float = 60.0,
        adapter: Any = None,
        prefix: str = "/api",
        peer: str = "Argo CD",
        unreachable: str = "Check server_url or kubeconfig, and that argocd-server runs.",
        progress: ProgressSink = no_progress,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        require_requests()
        self.base_url = base_url.rstrip("/")
        self.timeout = timeout
        self.prefix = prefix
        self.peer = peer
        self.unreachable = unreachable
        self.progress = progress
        self.sleep = sleep
        self.http = requests.Session()
        self.verify = verify
        self._reached = False
        if adapter is not None:
            self.http.trust_env = False
            self.http.mount("https://", adapter)
            self.http.mount("http://", adapter)

    def close(self) -> None:
        self.http.close()

    def url(self, segments: Segments) -> str:
        """The address of a path. Every segment is encoded whole: names of clusters and repositories are URLs."""
        return "/".join([self.base_url + self.prefix, *(quote(segment, safe="") for segment in segments)])

    def send(
        self,
        method: str,
        segments: Segments,
        *,
        token: str = "",
        query: Query | None = None,
        body: JsonObject | None = None,
        repeatable: bool = False,
        secret: bool = False,
    ) -> Answer:
        """Send one call, again where that is safe, and return what the API answered, refusals included.

        repeatable: a POST whose second sending has no second effect
        secret: the answer is a secret, so nothing of it is ever quoted
        Raises ConnectionFailedError, OutcomeUnknownError or UnreadableAnswerError; InvalidInputError for what the HTTP
        library refuses to send.
        """
        outage = Outage(attempts_unknown=ATTEMPTS)
        again = repeatable or method in REPEATABLE
        while True:
            trouble: SlipwayError | None = None
            asked, response = 0.0, None
            try:
                response = self._exchange(method, segments, token, query or {}, body)
            except (requests.exceptions.RequestException, ValueError, OSError) as error:
                trouble = self._trouble(error, method, segments, again=again)
                if not trouble.passing:
                    raise trouble from None
                self._reached = self._reached or not _http_errors.never_sent(error) or _cut_off(error)
            except SlipwayError as error:
                # The tunnel did not come about, so nothing was sent through it.
                if not error.passing:
                    raise
                trouble, self._reached = error, True
            else:
                self._reached = True
                if response.status_code not in BUSY or not (again or response.status_code == TOO_MANY):
                    return self._read(response, method, segments, secret=secret)
                asked = _retry_after(response)
            pause = outage.pause(known=self._reached, at_least=asked)
            if pause is None:
                if trouble is not None:
                    raise trouble from None
                return self._read(response, method, segments, secret=secret)
            self.progress(f"{self.peer} does not answer, trying again in {pause:.1f} s")
            self.sleep(pause)

    def _exchange(self, method: str, segments: Segments, token: str, query: Query, body: JsonObject | None) -> Any:
        headers = {
            "Accept": "application/json",
            "User-Agent": f"slipway.gitops/{COLLECTION_VERSION}",
            # Exactly this text, on body-less calls too: with a charset the server answers 415.
            "Content-Type": "application/json",
        }

        def authorize(prepared: Any) -> Any:
            # As an auth hook, so that a .netrc entry for the host cannot take the token's place.
            if token:
                prepared.headers["Authorization"] = f"Bearer {token}"
            return prepared

        return self.http.request(
            method,
            self.url(segments),
            params={key: _parameter(value) for key, value in query.items() if value is not None},
            data=None if body is None else json.dumps(body),
            headers=headers,
            auth=authorize,
            timeout=(min(CONNECT_SECONDS, self.timeout), self.timeout),
            allow_redirects=False,
            # Per call: requests lets REQUESTS_CA_BUNDLE take the place of the session's own setting.
            verify=self.verify,
        )

    def _read(self, response: Any, method: str, segments: Segments, *, secret: bool) -> Answer:
        what = f"{method} {self._path(segments)}"
        status = int(response.status_code)
        if 300 <= status < 400:
            leads = _http_errors.where_to(response.headers.get("Location"))
            raise UnreadableAnswerError(
                f"{self.base_url} answered {what} with a redirect to {leads}, which is not followed (HTTP {status}).",
                "server_url must be the address where Argo CD itself answers: check scheme, host and root path.",
                passing=False,
            )
        kind = str(response.headers.get("Content-Type", "")).split(";", maxsplit=1)[0].strip()
        if kind == "text/html":
            raise UnreadableAnswerError(
                f"{self.base_url} answered {what} with an HTML page (status {status}), not with JSON.",
                "Either server_url lacks Argo CD's root path, or a proxy or sign-on page stands before it.",
            )
        try:
            body = response.json() if response.content else {}
        except ValueError:
            body = None
        if isinstance(body, dict):
            return Answer(status, body, "" if status < 300 else str(body.get("message") or body.get("error") or ""))
        if status >= 400:
            text = "" if secret else " ".join(response.text.split())[:300]
            # argocd-server compresses some of its own pages without saying so.
            return Answer(status, {}, text if text.isprintable() else "")
        raise UnreadableAnswerError(
            f"{self.base_url} answered {what} with {kind or 'something'} that is no JSON object."
        )

    def _trouble(self, error: Any, method: str, segments: Segments, *, again: bool) -> SlipwayError:
        if _http_errors.unsendable(error):
            what = f"{method} {self._path(segments)} to {self.base_url}"
            return _http_errors.refused_to_send(what, type(error).__name__)
        words = _http_errors.in_short(error)
        if isinstance(error, requests.exceptions.SSLError) and not _cut_off(error):
            return TlsError(
                f"No TLS connection to {self.base_url}: {words}.",
                "For a certificate that is not trusted, give the CA that signed it in ca_cert.",
                passing=False,
            )
        if _http_errors.never_sent(error) or method == "GET":
            return ConnectionFailedError(
                f"{self.peer} at {self.base_url} cannot be reached: {words}.", self.unreachable
            )
        return LostAnswerError(
            f"The connection to {self.base_url} broke during {method} {self._path(segments)}: {words}.",
            "It may or may not have had its effect: run again, it goes on from what is there.",
            passing=again,
        )

    def _path(self, segments: Segments) -> str:
        return self.url(segments).removeprefix(self.base_url)


def to_error(answer: Answer, what: str, next_step: str = "") -> ApiError:
    """The error for an answer that refused. what: the deed in words, such as "create project web"."""
    return ApiError(
        f"Argo CD refused to {what}: {answer.error.rstrip('.') or 'no reason given'} (HTTP {answer.status}).",
        next_step or _next_step(answer),
        status=answer.status,
        error_id=GRPC_CODES.get(answer.code, "") if answer.code is not None else "",
    )


def _next_step(answer: Answer) -> str:
    if answer.status == 401:
        return "Give a valid auth_token, or auth_username and auth_password."
    if answer.status == 403 and "permission denied" in answer.error:
        return "The account needs a policy for this in argocd-rbac-cm or in the project's roles."
    if answer.status == 404 and answer.code is None:
        return "The API of Argo CD is not at this address: check server_url and its root path."
    if answer.status == 415:
        return "A proxy on the way changes the Content-Type header; it must arrive as application/json."
    if status_passes(answer.status):
        return "Run again when it is over; what was done is kept."
    return ""


def _parameter(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def _retry_after(response: Any) -> float:
    value = str(response.headers.get("Retry-After", ""))
    return min(float(value), 60.0) if value.isdigit() else 0.0


def _cut_off(error: Exception) -> bool:
    """Whether a connection was closed before it stood, as what stands before a server that restarts does."""
    names = {type(item).__name__ for item in _http_errors.causes(error)}
    return bool(names & _CUT_OFF)
