# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""The words for every way a call can fail."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from .._errors import (
    ApiError,
    ConnectionFailedError,
    OutcomeUnknownError,
    RefusalKind,
    SlipwayError,
    UnreadableAnswerError,
)
from .._http_errors import refused_to_send, where_to
from . import refusals
from .retry import READING_METHODS, Exchange, used_up_until

TOKEN_VARIABLES = ("DIGITALOCEAN_TOKEN", "DIGITALOCEAN_ACCESS_TOKEN", "DO_API_TOKEN")
LONGEST_QUOTE = 200
MAY_BE_DONE = "It may or may not have had its effect: run again, it goes on from what is there."


def read_body(content: bytes) -> Any:
    """The JSON value of a body, None when it is empty. Raises ValueError when it is not JSON."""
    return json.loads(content) if content.strip() else None


@dataclass(frozen=True)
class Said:
    """What came as an answer, or instead of one.

    text: in short, for people
    message, error_id, request_id: the API's own, "" where the body is not one of its errors
    """

    text: str
    message: str = ""
    error_id: str = ""
    request_id: str = ""


def what_was_said(exchange: Exchange) -> Said:
    """The words of an exchange. Of an answer that may hold a secret only the API's own words of an error are shown."""
    if exchange.status is None:
        return Said(exchange.trouble)
    try:
        body = read_body(exchange.content)
    except ValueError:
        body = None
    identity = exchange.headers.get("x-request-id", "")
    is_error = isinstance(body, dict) and exchange.status >= 400 and not exchange.stray
    if is_error and (body.get("message") or body.get("id")):
        error_id, message = str(body.get("id") or ""), str(body.get("message") or "")
        text = f"{exchange.status} {error_id}".strip() + f": {message or 'no reason given'}"
        return Said(text, message, error_id, str(body.get("request_id") or identity))
    return Said(describe_body(exchange), request_id=identity)


def describe_body(exchange: Exchange) -> str:
    """A status with a body that is not the API's, in short; of one that may hold a secret only its kind and length."""
    kind = exchange.headers.get("content-type", "").split(";")[0] or "no content type"
    if exchange.lacking:
        what = f"{exchange.status} without {exchange.lacking} ({kind})"
    elif exchange.status == 404 and not exchange.readable:
        what = f"404 without the name that the API gives its errors ({kind})"
    else:
        what = f"{exchange.status} with a body that is not the API's JSON ({kind})"
    if not exchange.content.strip():
        return f"{what}: empty"
    if exchange.secret:
        return f"{what}: {len(exchange.content)} bytes, which are not shown since a secret may be in them"
    return (
        f"{what}: {' '.join(exchange.content[: LONGEST_QUOTE * 4].decode('utf-8', 'replace').split())[:LONGEST_QUOTE]}"
    )


def between(api_url: str) -> str:
    """What to do when the answer is none of the API's."""
    return f"Something between here and {api_url} may answer in its place: check api_url and the proxy settings."


def never_sent_error(exchange: Exchange, *, api_url: str, tries: str) -> SlipwayError | None:
    """The error for a call that did not reach the API, None for one that did."""
    if exchange.untrusted:
        return ConnectionFailedError(
            f"The certificate of {api_url} is not trusted: {exchange.trouble}.",
            "If this is your own endpoint, name its CA in option ca_cert or in DIGITALOCEAN_CA_CERT.",
            passing=False,
        )
    if exchange.unsendable:
        return refused_to_send(f"{exchange.method} {exchange.path} to {api_url}", exchange.trouble)
    if exchange.never_sent:
        return ConnectionFailedError(
            f"{api_url} cannot be reached{tries}: {exchange.trouble}.",
            "Check api_url (DIGITALOCEAN_API_URL), the network and the proxy settings.",
        )
    return None


def to_error(exchange: Exchange, *, api_url: str, scope: str, attempts: int) -> SlipwayError:
    """The error for an exchange that is not sent again."""
    call = f"{exchange.method} {exchange.path}"
    tries = f" ({attempts} tries)" if attempts > 1 else ""
    not_there = never_sent_error(exchange, api_url=api_url, tries=tries)
    if not_there is not None:
        return not_there
    said = what_was_said(exchange)
    mark = f" (request id {said.request_id})" if said.request_id else ""
    accepted = exchange.succeeded and exchange.method not in READING_METHODS
    if exchange.outcome_unknown and (accepted or not exchange.idempotent):
        return OutcomeUnknownError(
            f"{call} to {api_url} was sent but not answered as promised: {said.text}{mark}{tries}.", MAY_BE_DONE
        )
    if exchange.status is None:
        return ConnectionFailedError(
            f"{call} to {api_url} was not answered{tries}: {said.text}.",
            "Run again when the API answers; what was done is kept.",
        )
    if exchange.succeeded or exchange.stray:
        return UnreadableAnswerError(f"{call} to {api_url} answered {said.text}{mark}{tries}.", between(api_url))
    kind = refusals.kind_of(exchange.status, said.message)
    if exchange.redirected:
        leads = where_to(exchange.headers.get("location"))
        said = Said(f"{exchange.status}, which leads to {leads} and is not followed: the token is for this host alone")
        step = "Give the address where the API itself answers in api_url, and check the proxy settings."
    elif exchange.readable or kind in {RefusalKind.SERVER, RefusalKind.RATE}:
        step = refusals.next_step(kind, scope, used_up_until(exchange))
    else:
        kind, step = RefusalKind.OTHER, between(api_url)
    error = ApiError(
        f"{call} to {api_url} answered {said.text}{mark}{tries}.",
        step,
        status=exchange.status,
        error_id=said.error_id,
        request_id=said.request_id,
        kind=kind,
    )
    if kind is RefusalKind.RATE:
        error.passes_at = used_up_until(exchange) or 0.0
    return error
