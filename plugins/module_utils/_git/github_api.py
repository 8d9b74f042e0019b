# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""GitHub's REST API as far as webhooks go: https://docs.github.com/en/rest/repos/webhooks"""

from __future__ import annotations

import json
import traceback
from typing import Any
from urllib.parse import quote

from ansible.module_utils.basic import missing_required_lib

from .._errors import ApiError, ConnectionFailedError, MissingLibraryError, OutcomeUnknownError, UnreadableAnswerError
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


class GitHubApi:
    """Webhooks of one repository.

    api_url: https://api.github.com, or https://<host>/api/v3 of an Enterprise server
    verify: path of a CA bundle, True for the system's
    timeout: seconds to wait for one answer
    """

    def __init__(self, api_url: str, repository: str, token: str, verify: str | bool, timeout: float) -> None:
        if IMPORT_TRACEBACK is not None:
            raise MissingLibraryError(missing_required_lib("requests"))
        self.api_url = api_url.rstrip("/")
        self.repository = repository
        self._token = token
        self._verify = verify
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
            if not isinstance(some, list):
                raise UnreadableAnswerError(f"{self.api_url} answered with no list of webhooks.")
            found += some
            if len(some) < PAGE:
                return found
            page += 1

    def create_hook(self, body: JsonObject) -> JsonObject:
        return dict(self._send("POST", "", {"name": "web", **body}))

    def update_hook(self, number: int, body: JsonObject) -> JsonObject:
        return dict(self._send("PATCH", f"/{number}", body))

    def delete_hook(self, number: int) -> None:
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
        except requests.exceptions.SSLError:
            raise ConnectionFailedError(
                f"No TLS connection to {self.api_url}.",
                "For a certificate that is not trusted, give the CA that signed it in ca_cert.",
            ) from None
        except requests.exceptions.RequestException as error:
            if method == "GET" or isinstance(error, requests.exceptions.ConnectTimeout):
                raise ConnectionFailedError(
                    f"{self.api_url} cannot be reached: {type(error).__name__}.", "Check api_url."
                ) from None
            raise OutcomeUnknownError(
                f"The connection to {self.api_url} broke during {what}: {type(error).__name__}.",
                "It may or may not have had its effect: run again, it goes on from what is there.",
            ) from None
        return self._read(response, what)

    def _read(self, response: Any, what: str) -> Any:
        status = int(response.status_code)
        try:
            body = response.json() if response.content else None
        except ValueError:
            body = None
            if status < 400:
                raise UnreadableAnswerError(
                    f"{self.api_url} answered {what} with something that is no JSON (HTTP {status}).",
                    "api_url must be the address of the API: https://api.github.com, or https://<host>/api/v3.",
                ) from None
        if 200 <= status < 300:
            return body
        raise ApiError(
            f"{self.api_url} refused {what}: {_reason(body) or 'no reason given'} (HTTP {status}).",
            _next_step(status),
            status=status,
        )


def _reason(body: Any) -> str:
    """What GitHub says, with the details that it has in a list."""
    if not isinstance(body, dict):
        return ""
    details = [str(item.get("message") or item.get("code") or "") for item in body.get("errors") or [] if item]
    return "; ".join(part.rstrip(".") for part in [str(body.get("message") or ""), *details] if part)


def _next_step(status: int) -> str:
    return {
        301: "The repository has another name now: use that.",
        401: "The token is wrong or has expired.",
        403: "The token needs the right to write webhooks (scope admin:repo_hook), and has not spent its rate limit.",
        404: "Check repository; or the token does not see it, or has not the right to read its webhooks.",
    }.get(status, "")
