# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Calls to the Argo CD API as one account: log in once, log in again when the session ended, refusals as errors."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from .._errors import ApiError, InvalidInputError, OutcomeUnknownError, UnreadableAnswerError
from .._reconcile import JsonObject
from .session_file import SessionFile, token_expiry
from .transport import Answer, Query, Transport, to_error
from .tunnel import Tunnel

UNAUTHENTICATED = 401
NOT_FOUND = 404
# Where a POST ends of which each has an effect of its own: another operation, another token. The others create by name,
# and the same again is no error (server/*/*.go, Create: "act idempotent"), but for a cluster, which is then called
# different.
ONCE = frozenset({"sync", "rollback", "token", "clusters"})
WRITES = frozenset({"POST", "PUT"})
# Where a write ends that Argo CD may answer with {}: UpdatePasswordResponse has no fields, and
# ApplicationSetGenerateResponse none when nothing is generated (server/account, server/applicationset, *.proto).
ANSWERED_WITH_NOTHING = frozenset({"password", "generate"})


class Login:
    """Where a token comes from: given as it is, or a session by username and password, kept in a file.

    session_file: None for a token that was given
    way_out: what to do when the password is wrong
    """

    def __init__(
        self, *, token: str = "", username: str = "", password: str = "", session_file: SessionFile | None = None
    ) -> None:
        self.way_out = "Check auth_username and auth_password."
        self.token = token
        self.username = username
        self.password = password
        self.session_file = session_file

    @property
    def renewable(self) -> bool:
        return bool(self.username)

    def change_password(self, password: str) -> None:
        """Take another password for the logins to come."""
        self.password = password
        if self.session_file:
            self.session_file.password = password

    def acquire(self, transport: Transport, *, rejected: str = "") -> str:
        """A token: the given one, the kept one unless the server rejected it, or that of a new session."""
        if not self.renewable:
            return self.token
        with self.session_file.locked() if self.session_file else _unlocked():
            kept = self.session_file.read() if self.session_file else ""
            if kept and kept != rejected:
                return kept
            body = {"username": self.username, "password": self.password}
            answer = transport.send("POST", ("v1", "session"), body=body, repeatable=True, secret=True)
            if not answer.ok:
                raise to_error(
                    answer,
                    f"log in {self.username} at {transport.base_url}",
                    f"{self.way_out} After many failures Argo CD refuses logins for a while."
                    if answer.status == UNAUTHENTICATED
                    else "",
                )
            token = str(answer.body.get("token") or "")
            if not token:
                raise UnreadableAnswerError(
                    f"{transport.base_url} accepted the login of {self.username} and gave no token.",
                    "Something between here and Argo CD may answer in its place: check server_url.",
                )
            if self.session_file:
                self.session_file.write(token)
            return token


@contextlib.contextmanager
def _unlocked() -> Iterator[None]:
    yield


class Client:
    """The API of one server as one account.

    kubernetes: the Kubernetes API behind it, when it is reached through that
    """

    def __init__(self, transport: Transport, login: Login, kubernetes: Tunnel | None = None) -> None:
        self.transport = transport
        self.login = login
        self.kubernetes = kubernetes
        self._token = ""

    def close(self) -> None:
        self.transport.close()

    def forget_session(self) -> None:
        """Log in again at the next call."""
        self._token = ""

    def call(
        self,
        method: str,
        *segments: str,
        query: Query | None = None,
        body: JsonObject | None = None,
        secret: bool = False,
    ) -> Answer:
        """One call below /api/v1; refusals come back as answers, except one for a session that has ended.

        secret: the answer is a secret, so nothing of it is ever quoted
        Raises OutcomeUnknownError for a write that is accepted without the object that Argo CD answers with.
        """
        answer = self._call(method, segments, query, body, secret)
        if answer.ok and not answer.body and method in WRITES and segments[-1] not in ANSWERED_WITH_NOTHING:
            raise OutcomeUnknownError(
                f"Argo CD at {self.transport.base_url} accepted {method} {'/'.join(segments)} and did not answer with "
                "the object.",
                "It may or may not have had its effect: run again, it goes on from what is there.",
            )
        return answer

    def _call(
        self, method: str, segments: Sequence[str], query: Query | None, body: JsonObject | None, secret: bool
    ) -> Answer:
        def send() -> Answer:
            return self.transport.send(
                method,
                ("v1", *segments),
                token=self._token,
                query=query,
                body=body,
                repeatable=segments[-1] not in ONCE,
                secret=secret,
            )

        self._token = self._token or self.login.acquire(self.transport)
        answer = send()
        if answer.status != UNAUTHENTICATED or self._session_valid():
            # A 401 with a valid session: the cluster or repository behind the call refused its credentials.
            return answer
        if not self.login.renewable:
            raise self._token_refused(answer)
        self._token = self.login.acquire(self.transport, rejected=self._token)
        return send()

    def _token_refused(self, answer: Answer) -> ApiError:
        expiry = token_expiry(self._token)
        if expiry is not None and expiry < time.time():
            why = f"It expired at {datetime.fromtimestamp(expiry, UTC):%Y-%m-%d %H:%M:%S} UTC."
        else:
            why = "It is revoked, or of another server."
        return ApiError(
            f"Argo CD at {self.transport.base_url} does not accept auth_token: {answer.error} (HTTP 401).",
            f"{why} Give a valid one, or auth_username and auth_password.",
            status=UNAUTHENTICATED,
            error_id="Unauthenticated",
        )

    def _session_valid(self) -> bool:
        answer = self.transport.send("GET", ("v1", "session", "userinfo"), token=self._token)
        return answer.ok and bool(answer.body.get("loggedIn"))

    def get(self, what: str, *segments: str, query: Query | None = None) -> JsonObject:
        """GET that must work; what: the deed in words for the error, such as "read project web"."""
        return self.must(what, self.call("GET", *segments, query=query))

    def find(self, what: str, *segments: str, query: Query | None = None) -> JsonObject | None:
        """GET of an object whose absence the API reports as 404, with its code; None when absent."""
        answer = self.call("GET", *segments, query=query)
        if answer.status == NOT_FOUND and answer.code is not None:
            return None
        found = self.must(what, answer)
        if not found:
            raise self._not_its_own(what, "without an object")
        return found

    def items(self, what: str, *segments: str, query: Query | None = None) -> list[JsonObject]:
        """GET of a list. The API writes null for an empty one, and always its key (pkg/apis, items)."""
        answer = self.get(what, *segments, query=query)
        found: Any = answer.get("items")
        if "items" not in answer or not isinstance(found, list | None):
            raise self._not_its_own(what, "without a list")
        return list(found or [])

    def _not_its_own(self, what: str, how: str) -> UnreadableAnswerError:
        return UnreadableAnswerError(
            f"{self.transport.base_url} was asked to {what} and answered {how}.",
            "Something between here and Argo CD may answer in its place: check server_url, and run again.",
        )

    def change(
        self,
        what: str,
        method: str,
        *segments: str,
        query: Query | None = None,
        body: JsonObject | None = None,
        secret: bool = False,
    ) -> JsonObject:
        """A call that writes and must work."""
        return self.must(what, self.call(method, *segments, query=query, body=body, secret=secret))

    def new_token(self, what: str, *segments: str, body: JsonObject) -> str:
        """A POST that makes a token; the token, which is shown this once.

        Raises OutcomeUnknownError when one may have been made that nobody has.
        """
        made = self.change(what, "POST", *segments, body=body, secret=True).get("token")
        if not made:
            raise OutcomeUnknownError(
                f"Argo CD accepted to {what} and did not answer with it.",
                "There may be a token that nobody has: run again, it is then made anew.",
            )
        return str(made)

    @staticmethod
    def must(what: str, answer: Answer) -> JsonObject:
        """The answer's object, or an ApiError."""
        if answer.ok:
            return answer.body
        raise to_error(answer, what)


def require_credentials(token: str, username: str, password: str) -> None:
    """Raise InvalidInputError when nothing is given to log in with."""
    if not token and not (username and password):
        raise InvalidInputError(
            "No credentials for Argo CD are given.",
            "Set auth_token (ARGOCD_AUTH_TOKEN), or auth_username and auth_password (ARGOCD_USERNAME, _PASSWORD).",
        )
