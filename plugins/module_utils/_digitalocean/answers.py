# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""The words for every way a call can fail."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from .._errors import ApiError, ConnectionFailedError, OutcomeUnknownError, SlipwayError, UnreadableAnswerError
from .retry import Exchange, seconds

TOKEN_VARIABLES = ("DIGITALOCEAN_TOKEN", "DIGITALOCEAN_ACCESS_TOKEN", "DO_API_TOKEN")
LONGEST_QUOTE = 200


def read_body(content: bytes) -> Any:
    """The JSON value of a body, None when it is empty. Raises ValueError when it is not JSON."""
    return json.loads(content) if content.strip() else None


def request_id(exchange: Exchange, body: Any) -> str:
    found = body.get("request_id") if isinstance(body, dict) else None
    return str(found or exchange.headers.get("x-request-id") or "")


def describe_answer(exchange: Exchange) -> tuple[str, str, str]:
    """What the API said: its words, its short name of the error, the request id."""
    try:
        body = read_body(exchange.content)
    except ValueError:
        body = None
    identity = request_id(exchange, body)
    if isinstance(body, dict) and body.get("message"):
        error_id = str(body.get("id") or "")
        named = f"{exchange.status} {error_id}".strip()
        return f"{named}: {body['message']}", error_id, identity
    kind = exchange.headers.get("content-type", "").split(";")[0] or "no content type"
    quote = " ".join(exchange.content[: LONGEST_QUOTE * 4].decode("utf-8", "replace").split())[:LONGEST_QUOTE]
    return f"{exchange.status} with a body that is not the API's JSON ({kind}): {quote or 'empty'}", "", identity


def next_step_for(status: int, scope: str, api_url: str, exchange: Exchange) -> str:
    """What the user can do about a refused call."""
    if status == 401:
        return (
            f"The token is wrong, expired or revoked: make one at https://cloud.digitalocean.com/account/api/tokens "
            f"and give it as option token or in {TOKEN_VARIABLES[0]}."
        )
    if status == 403:
        return f"The token may lack a scope; this needs {scope}." if scope else "The token may lack a scope for this."
    if status == 429:
        reset = seconds(exchange.headers.get("ratelimit-reset"))
        until = f" until {datetime.fromtimestamp(reset, UTC):%Y-%m-%d %H:%M:%S} UTC" if reset else ""
        return f"The account's rate limit is used up{until}: wait, then run again; what was done is kept."
    if not exchange.readable:
        return f"Something between here and {api_url} may answer in its place: check api_url and the proxy settings."
    return ""


def to_error(exchange: Exchange, *, api_url: str, scope: str, attempts: int) -> SlipwayError:
    """The error for an exchange that is not sent again."""
    call = f"{exchange.method} {exchange.path}"
    tries = f" ({attempts} tries)" if attempts > 1 else ""
    if exchange.untrusted:
        return ConnectionFailedError(
            f"The certificate of {api_url} is not trusted: {exchange.trouble}.",
            "If this is your own endpoint, name its CA in option ca_cert or in DIGITALOCEAN_CA_CERT.",
        )
    if exchange.never_sent:
        return ConnectionFailedError(
            f"{api_url} cannot be reached{tries}: {exchange.trouble}.",
            "Check api_url (DIGITALOCEAN_API_URL), the network and the proxy settings.",
        )
    if exchange.status is None:
        said, error_id, identity = exchange.trouble, "", ""
    else:
        said, error_id, identity = describe_answer(exchange)
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
            f"Something between here and {api_url} may answer in its place: check api_url and the proxy settings.",
        )
    return ApiError(
        f"{call} to {api_url} answered {said}{mark}{tries}.",
        next_step_for(exchange.status, scope, api_url, exchange),
        status=exchange.status,
        error_id=error_id,
        request_id=identity,
    )
