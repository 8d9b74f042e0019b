# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""The words for every way a call can fail."""

from __future__ import annotations

import json
from typing import Any

from .._errors import (
    ApiError,
    ConnectionFailedError,
    OutcomeUnknownError,
    RefusalKind,
    SlipwayError,
    UnreadableAnswerError,
)
from . import refusals
from .retry import Exchange, seconds

TOKEN_VARIABLES = ("DIGITALOCEAN_TOKEN", "DIGITALOCEAN_ACCESS_TOKEN", "DO_API_TOKEN")
LONGEST_QUOTE = 200


def read_body(content: bytes) -> Any:
    """The JSON value of a body, None when it is empty. Raises ValueError when it is not JSON."""
    return json.loads(content) if content.strip() else None


def request_id(exchange: Exchange, body: Any) -> str:
    found = body.get("request_id") if isinstance(body, dict) else None
    return str(found or exchange.headers.get("x-request-id") or "")


def describe_answer(exchange: Exchange) -> tuple[str, str, str, str]:
    """What the API said: in short for people, its message alone, its short name of the error, the request id."""
    try:
        body = read_body(exchange.content)
    except ValueError:
        body = None
    identity = request_id(exchange, body)
    if isinstance(body, dict) and (body.get("message") or body.get("id")):
        error_id, message = str(body.get("id") or ""), str(body.get("message") or "")
        named = f"{exchange.status} {error_id}".strip()
        return f"{named}: {message or 'no reason given'}", message, error_id, identity
    kind = exchange.headers.get("content-type", "").split(";")[0] or "no content type"
    quote = " ".join(exchange.content[: LONGEST_QUOTE * 4].decode("utf-8", "replace").split())[:LONGEST_QUOTE]
    return f"{exchange.status} with a body that is not the API's JSON ({kind}): {quote or 'empty'}", "", "", identity


def between(api_url: str) -> str:
    """What to do when the answer is none of the API's."""
    return f"Something between here and {api_url} may answer in its place: check api_url and the proxy settings."


def to_error(exchange: Exchange, *, api_url: str, scope: str, attempts: int) -> SlipwayError:
    """The error for an exchange that is not sent again."""
    call = f"{exchange.method} {exchange.path}"
    tries = f" ({attempts} tries)" if attempts > 1 else ""
    if exchange.untrusted:
        return ConnectionFailedError(
            f"The certificate of {api_url} is not trusted: {exchange.trouble}.",
            "If this is your own endpoint, name its CA in option ca_cert or in DIGITALOCEAN_CA_CERT.",
            passing=False,
        )
    if exchange.never_sent:
        return ConnectionFailedError(
            f"{api_url} cannot be reached{tries}: {exchange.trouble}.",
            "Check api_url (DIGITALOCEAN_API_URL), the network and the proxy settings.",
        )
    if exchange.status is None:
        said, message, error_id, identity = exchange.trouble, "", "", ""
    else:
        said, message, error_id, identity = describe_answer(exchange)
    mark = f" (request id {identity})" if identity else ""
    if exchange.outcome_unknown and not exchange.idempotent:
        return OutcomeUnknownError(f"{call} to {api_url} was sent but not answered as promised: {said}{mark}.")
    if exchange.status is None:
        return ConnectionFailedError(
            f"{call} to {api_url} was not answered{tries}: {said}.",
            "Run again when the API answers; what was done is kept.",
        )
    if exchange.succeeded:
        return UnreadableAnswerError(
            f"{call} to {api_url} answered {said}{mark}{tries}.",
            between(api_url),
        )
    kind = refusals.kind_of(exchange.status, message)
    if kind is not RefusalKind.SERVER and not exchange.readable:
        step = between(api_url)
    else:
        step = refusals.next_step(kind, scope, seconds(exchange.headers.get("ratelimit-reset")))
    return ApiError(
        f"{call} to {api_url} answered {said}{mark}{tries}.",
        step,
        status=exchange.status,
        error_id=error_id,
        request_id=identity,
        kind=kind,
    )
