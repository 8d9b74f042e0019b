# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""GitHub's REST API as far as webhooks go: https://docs.github.com/en/rest/repos/webhooks"""

from __future__ import annotations

import json
import traceback
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from ansible.module_utils.basic import missing_required_lib

from .. import _http_errors, _secrets
from .._base_url import base_url
from .._errors import (
    ApiError,
    ConnectionFailedError,
    MissingLibraryError,
    OutcomeUnknownError,
    SlipwayError,
    UnreadableAnswerError,
)
from .._reconcile import JsonObject
from .._version import COLLECTION_VERSION

IMPORT_TRACEBACK: str | None
try:
    import requests

    IMPORT_TRACEBACK = None
except ImportError:
    IMPORT_TRACEBACK = traceback.format_exc()

CONNECT_SECONDS = 10.0
PAGE = 100
_WHOSE_ADDRESS = "api_url must be the address of the API: https://api.github.com, or https://<host>/api/v3."
_MAY_BE_THERE = "It may or may not have had its effect: run again, it goes on from what is there."


class GitHubApi:
    """Webhooks of one repository.

    api_url: https://api.github.com, or https://<host>/api/v3 of an Enterprise server
    ca_cert: path of a CA bundle, "" for the system's
    timeout: seconds to wait for one answer
    """

    def __init__(self, api_url: str, repository: str, token: str, ca_cert: str, timeout: float) -> None:
        if IMPORT_TRACEBACK is not None:
            raise MissingLibraryError(missing_required_lib("requests"))
        self.api_url = base_url(api_url, "api_url", example="https://api.github.com", path=True, plain="anywhere")
        self.repository = repository
        self._token = _secrets.token(token, "The forge's token", _secrets.origin(token, "token", "GITHUB_TOKEN"))
        self._verify = _secrets.ca_file(ca_cert) or True
        self._timeout = timeout
        self._http = requests.Session()

    def close(self) -> None:
        self._http.close()

    def hooks(self) -> list[JsonObject]:
        """All webhooks of the repository."""
        found: list[JsonObject] = []
        page = 1
        while True:
            some = self._send("GET", f"?per_page={PAGE}&page={page}")
            if not isinstance(some, list) or not all(isinstance(item, dict) for item in some):
                raise UnreadableAnswerError(f"{self.api_url} answered with no list of webhooks.", _WHOSE_ADDRESS)
            found += some
            if len(some) < PAGE:
                return found
            page += 1

    def create_hook(self, body: JsonObject) -> JsonObject:
        """The new webhook. Raises OutcomeUnknownError when it may be there though no usable answer tells so."""
        made = self._send("POST", "", {"name": "web", **body})
        if not isinstance(made, dict) or not made.get("id"):
            raise OutcomeUnknownError(
                f"{self.api_url} accepted POST webhooks of {self.repository} and did not answer with the webhook.",
                _MAY_BE_THERE,
            )
        return made

    def update_hook(self, number: int, body: JsonObject) -> bool:
        """Whether the answer tells that it was done; the webhook has to be read again where it does not."""
        changed = self._send("PATCH", f"/{number}", body)
        return isinstance(changed, dict) and changed.get("id") == number

    def delete_hook(self, number: int) -> None:
        """Whether it is gone shows in hooks only."""
        self._send("DELETE", f"/{number}")

    def _send(self, method: str, path: str, body: JsonObject | None = None) -> Any:
        what = f"{method} webhooks of {self.repository}"
        url = f"{self.api_url}/repos/{quote(self.repository)}/hooks{path}"
        headers = {
            "Accept": "application/vnd.github+json",
            "Content-Type": "application/json",
            "User-Agent": f"slipway.gitops/{COLLECTION_VERSION}",
        }

        def authorize(prepared: Any) -> Any:
            # As an auth hook, so that a .netrc entry for the host cannot take the token's place.
            prepared.headers["Authorization"] = f"Bearer {self._token}"
            return prepared

        try:
            response = self._http.request(
                method,
                url,
                data=None if body is None else json.dumps(body),
                headers=headers,
                auth=authorize,
                timeout=(min(CONNECT_SECONDS, self._timeout), self._timeout),
                allow_redirects=False,
                verify=self._verify,
            )
        except (requests.exceptions.RequestException, ValueError, OSError) as error:
            raise self._trouble(error, method, what) from None
        return self._read(response, what)

    def _trouble(self, error: Exception, method: str, what: str) -> SlipwayError:
        """The error for a call without an answer."""
        if _http_errors.unsendable(error):
            return _http_errors.refused_to_send(f"{what} to {self.api_url}", type(error).__name__)
        if isinstance(error, requests.exceptions.SSLError):
            return ConnectionFailedError(
                f"No TLS connection to {self.api_url}.",
                "For a certificate that is not trusted, give the CA that signed it in ca_cert.",
                passing=False,
            )
        if _http_errors.never_sent(error):
            return ConnectionFailedError(
                f"{self.api_url} cannot be reached: {_http_errors.in_short(error)}.", "Check api_url."
            )
        if method == "GET":
            return ConnectionFailedError(
                f"{self.api_url} did not answer {what} to the end: {_http_errors.in_short(error)}.",
                "Run again when the forge answers.",
            )
        return OutcomeUnknownError(
            f"The connection to {self.api_url} broke during {what}: {_http_errors.in_short(error)}.", _MAY_BE_THERE
        )

    def _read(self, response: Any, what: str) -> Any:
        """The answer's JSON. Of a success that is none, None, unless it was a question."""
        status = int(response.status_code)
        try:
            body, readable = (response.json() if response.content else None), True
        except ValueError:
            body, readable = None, False
        if 200 <= status < 300 and (readable or not what.startswith("GET")):
            return body
        if 300 <= status < 400:
            raise UnreadableAnswerError(
                f"{self.api_url} answered {what} with a redirect (HTTP {status}) to "
                f"{_http_errors.where_to(response.headers.get('Location'))}.",
                "If that is the forge itself, the repository has another name now: use that. " + _WHOSE_ADDRESS,
                passing=False,
            )
        if status < 400 or (status == HTTPStatus.NOT_FOUND and not _reason(body)):
            raise UnreadableAnswerError(
                f"{self.api_url} answered {what} with something that is not the forge's JSON (HTTP {status}).",
                _WHOSE_ADDRESS,
            )
        raise ApiError(
            f"{self.api_url} refused {what}: {_reason(body) or 'no reason given'} (HTTP {status}).",
            _next_step(status, _reason(body)),
            status=status,
        )


def _reason(body: Any) -> str:
    """What GitHub says, with the details that it has in a list."""
    if not isinstance(body, dict):
        return ""
    details = [str(item.get("message") or item.get("code") or "") for item in body.get("errors") or [] if item]
    return "; ".join(part.rstrip(".") for part in [str(body.get("message") or ""), *details] if part)


def _next_step(status: int, reason: str) -> str:
    if status == HTTPStatus.TOO_MANY_REQUESTS or "rate limit" in reason.lower():
        return "The token's rate limit is used up: run again later."
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return "The forge has trouble: run again when it is over."
    return {
        401: "The token is wrong or has expired.",
        403: "The token needs the right to write webhooks (scope admin:repo_hook).",
        404: "Check repository; or the token does not see it, or has not the right to read its webhooks.",
    }.get(status, "")
