# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""One call to the API over pydo: TLS only, our own retries, every answer read by us.

pydo's answers are not used as they come, for it returns the error body of a documented 404 as if it were the object,
and fails on its own terms when a body is not JSON. A hook takes the raw answer instead.
"""

from __future__ import annotations

import base64
import random
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from operator import attrgetter
from typing import Any

from ansible.module_utils.basic import missing_required_lib

from .. import _http_errors, _secrets
from .._base_url import base_url
from .._errors import InvalidInputError, MissingLibraryError
from .._patience import Outage
from .._progress import ProgressSink, no_progress
from .._reconcile import JsonObject
from .._version import COLLECTION_VERSION
from . import answers
from .operations import OPERATIONS, Operation
from .retry import Exchange, delay_before_retry

IMPORT_TRACEBACK: str | None
try:
    import pydo
    from azure.core.credentials import AzureKeyCredential
    from azure.core.exceptions import AzureError
    from azure.core.pipeline.policies import AzureKeyCredentialPolicy, RetryPolicy
    from azure.core.rest import HttpRequest

    IMPORT_TRACEBACK = None
except ImportError:
    IMPORT_TRACEBACK = traceback.format_exc()

DEFAULT_API_URL = "https://api.digitalocean.com"
CONNECT_SECONDS = 10.0
# Waits shorter than this are nobody's business.
TELL_SECONDS = 3.0


@dataclass(frozen=True)
class ConnectionSettings:
    """How to reach the API.

    token: an API token; sent only over TLS
    user: when set, the token is sent as the password of this user (Basic) instead of as a bearer token
    api_url: base URL
    ca_cert: path of a CA bundle in PEM that replaces the system's, "" for the system's
    api_timeout: seconds to wait for one answer
    subject: what the token is, for messages
    """

    token: str
    api_url: str = DEFAULT_API_URL
    ca_cert: str = ""
    api_timeout: float = 60.0
    user: str = ""
    subject: str = "The DigitalOcean token"


@dataclass(frozen=True)
class Answer:
    """What the API answered. body is None when there was none; found is False for a 404 that was allowed."""

    status: int
    body: JsonObject | None

    @property
    def found(self) -> bool:
        return self.status != 404


def checked(settings: ConnectionSettings) -> ConnectionSettings:
    """The settings as they are used, or an InvalidInputError that says what is wrong with them."""
    if not settings.token.strip():
        names = ", ".join(answers.TOKEN_VARIABLES)
        raise InvalidInputError("No DigitalOcean token is given.", f"Set option token or one of {names}.")
    return replace(
        settings,
        token=_secrets.token(
            settings.token, settings.subject, _secrets.origin(settings.token, "token", *answers.TOKEN_VARIABLES)
        ),
        api_url=base_url(settings.api_url, "api_url", example=DEFAULT_API_URL),
        ca_cert=_secrets.ca_file(settings.ca_cert),
    )


def build_client(settings: ConnectionSettings) -> Any:
    """A pydo client that neither retries nor follows redirects."""
    if IMPORT_TRACEBACK is not None:
        raise MissingLibraryError(missing_required_lib("pydo"))
    login: JsonObject = {}
    if settings.user:
        encoded = base64.b64encode(f"{settings.user}:{settings.token}".encode()).decode()
        login["authentication_policy"] = AzureKeyCredentialPolicy(
            AzureKeyCredential(f"Basic {encoded}"), "Authorization"
        )
    return pydo.Client(
        settings.token,
        endpoint=settings.api_url,
        retry_policy=RetryPolicy.no_retries(),
        permit_redirects=False,
        connection_timeout=min(CONNECT_SECONDS, settings.api_timeout),
        read_timeout=settings.api_timeout,
        connection_verify=settings.ca_cert or True,
        base_user_agent=f"slipway.gitops/{COLLECTION_VERSION} pydo/{pydo.__version__}",
        **login,
    )


class Transport:
    """Sends calls. sleep, clock (epoch seconds) and jitter (seconds added to each wait) are replaced in tests."""

    def __init__(
        self,
        settings: ConnectionSettings,
        progress: ProgressSink = no_progress,
        *,
        sleep: Callable[[float], None] | None = None,
        clock: Callable[[], float] = time.time,
        jitter: Callable[[float], float] | None = None,
    ) -> None:
        self.settings = checked(settings)
        self.progress = progress
        self.sdk = build_client(self.settings)
        self.sleep = sleep or time.sleep
        self.clock = clock
        self.reached = False
        # Clusters are reconciled side by side: without jitter they would all come back in the same instant.
        self.jitter = jitter or (lambda delay: random.SystemRandom().uniform(0, min(1.0, delay / 2)))

    def close(self) -> None:
        self.sdk.close()

    def call(
        self,
        operation: str,
        *args: Any,
        missing_ok: bool = False,
        **kwargs: Any,
    ) -> Answer:
        """Send one call, again where that is safe, and return its answer.

        operation: name of an operation of OPERATIONS, such as vpcs.list; it gets the other arguments
        missing_ok: return a 404 of the API as an answer that was not found
        Raises ApiError, ConnectionFailedError, UnreadableAnswerError, or OutcomeUnknownError when a POST or PATCH
        may or may not have had its effect.
        """
        special = OPERATIONS[operation]
        send = partial(self._send, attrgetter(operation)(self.sdk), args, kwargs)
        return self._repeated(send, special, scope=special.needs(kwargs.get("body")), missing_ok=missing_ok)

    def request(
        self,
        method: str,
        path: str,
        *,
        data: Mapping[str, str] | None = None,
        repeatable: bool = False,
    ) -> Answer:
        """Send one call for which pydo has no operation, as call does. These are made with a login, and about it.

        data: a form
        repeatable: a POST whose second sending has no second effect
        """
        request = HttpRequest(method, path, data=dict(data) if data else None)
        send = partial(self._send, self.sdk.send_request, (request,), {})
        return self._repeated(send, Operation((), secret=True, repeatable=repeatable))

    def _repeated(
        self,
        send: Callable[[], Exchange],
        operation: Operation,
        *,
        scope: str = "",
        missing_ok: bool = False,
    ) -> Answer:
        attempt, rate_limited, outage = 0, 0.0, Outage()
        while True:
            attempt += 1
            exchange = replace(
                send(),
                repeatable=operation.repeatable,
                makes_another=operation.makes_another,
                secret=operation.secret,
            )
            self.reached = self.reached or not exchange.never_sent
            if exchange.succeeded and exchange.readable:
                body = answers.read_body(exchange.content)
                exchange = replace(exchange, lacking=operation.lacks(body))
                if not exchange.lacking:
                    return Answer(exchange.status or 0, body)
            if exchange.status == 404 and missing_ok and exchange.readable:
                return Answer(404, None)
            troubled = outage.seconds() if exchange.status != 429 else 0.0
            delay = delay_before_retry(
                exchange, attempt, rate_limited, self.clock(), troubled=troubled, reached=self.reached
            )
            if delay is None:
                # Proxies show the request that they could not forward, with its token.
                content = exchange.content.replace(self.settings.token.encode(), b"***")
                raise answers.to_error(
                    replace(exchange, content=content), api_url=self.settings.api_url, scope=scope, attempts=attempt
                )
            delay += self.jitter(delay)
            if exchange.status == 429:
                rate_limited += delay
            if delay >= TELL_SECONDS:
                why = "rate limited" if exchange.status == 429 else exchange.trouble or f"answered {exchange.status}"
                self.progress(f"DigitalOcean API {why}, trying again in {delay:.0f} s")
            self.sleep(delay)

    def _send(self, operation: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Exchange:
        requests: list[Any] = []
        responses: list[Any] = []
        error: BaseException | None = None
        try:
            operation(
                *args,
                raw_request_hook=lambda pipeline: requests.append(pipeline.http_request),
                raw_response_hook=lambda pipeline: responses.append(pipeline.http_response),
                **kwargs,
            )
        except (AzureError, ValueError, OSError) as caught:
            # ValueError: pydo reads bodies as JSON without a guard. OSError: requests, for a CA bundle it cannot use.
            error = caught
        if not requests:
            raise RuntimeError(f"{operation} made no request: {type(error).__name__}")
        method = str(requests[-1].method)
        path = str(requests[-1].url).removeprefix(self.settings.api_url).split("?")[0]
        if responses:
            return read_exchange(method, path, responses[-1])
        if error is None:
            raise RuntimeError(f"{operation} returned without an answer")
        return failed_exchange(method, path, error)


def read_exchange(method: str, path: str, response: Any) -> Exchange:
    """An exchange from an answer. Readable means: empty, or the JSON object that every answer of the API is.

    A 404 of the API has the name of the error in it. Any other says nothing of what was asked for: the address may be
    wrong, or something else answered.
    """
    content, status = bytes(response.content or b""), int(response.status_code)
    try:
        body = answers.read_body(content)
        readable = body is None or isinstance(body, dict)
    except ValueError:
        body, readable = None, False
    if status == 404:
        readable = isinstance(body, dict) and bool(body.get("id")) and isinstance(body["id"], str)
    headers = {str(name).lower(): str(value) for name, value in response.headers.items()}
    return Exchange(method, path, status, headers, content, readable)


def failed_exchange(method: str, path: str, error: BaseException) -> Exchange:
    """An exchange from an error that came before an answer."""
    unsendable = _http_errors.unsendable(error)
    return Exchange(
        method,
        path,
        trouble=type(error).__name__ if unsendable else _http_errors.in_short(error),
        never_sent=_http_errors.never_sent(error),
        untrusted=_http_errors.untrusted(error),
        unsendable=unsendable,
    )
