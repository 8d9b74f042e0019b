# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors as DigitalOcean's API answers them: a status code and a body {id, message, request_id}."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any


class ApiError(Exception):
    """An answer other than success; the gateway adds the request id.

    status: HTTP status code
    id: DigitalOcean's short identifier of the code, such as not_found
    message: the text a person reads
    """

    def __init__(self, status: int, id_: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.id = id_
        self.message = message

    @property
    def body(self) -> dict[str, Any]:
        return {"id": self.id, "message": self.message}


class TagError(ApiError):
    """A 400 of POST /v2/tags, which alone has a body of another form (OpenAPI, responses/tags_bad_request)."""

    def __init__(self, message: str) -> None:
        super().__init__(400, "bad_request", message)

    @property
    def body(self) -> dict[str, Any]:
        return {"error": self.message, "messages": None, "root_causes": [self.message]}


def not_found() -> ApiError:
    """The one 404 body of DigitalOcean (OpenAPI, responses/not_found)."""
    return ApiError(404, "not_found", "The resource you requested could not be found.")


def unauthorized() -> ApiError:
    """OpenAPI, responses/unauthorized."""
    return ApiError(401, "unauthorized", "Unable to authenticate you.")


def forbidden(message: str = "You are not authorized to perform this operation") -> ApiError:
    """A token without the scope. Text as seen in digitalocean/doctl#1635."""
    return ApiError(403, "forbidden", message)


def bad_request(message: str = "error parsing request body") -> ApiError:
    """Malformed JSON or a value of the wrong type (OpenAPI, volumes_create 400)."""
    return ApiError(400, "bad_request", message)


def method_not_allowed() -> ApiError:
    return ApiError(405, "method_not_allowed", "Method not allowed.")


def unprocessable(message: str) -> ApiError:
    """A request that parses but asks for something that cannot be."""
    return ApiError(422, "unprocessable_entity", message)


def validation_error(message: str) -> ApiError:
    """What the Kubernetes endpoints call a validation error (digitalocean/terraform-provider-digitalocean#521)."""
    return unprocessable(f"validation error: {message}")


def conflict(message: str) -> ApiError:
    return ApiError(409, "conflict", message)


def precondition_failed(message: str) -> ApiError:
    return ApiError(412, "precondition_failed", message)


def too_many_requests() -> ApiError:
    """OpenAPI, responses/too_many_requests."""
    return ApiError(429, "too_many_requests", "API rate limit exceeded.")


def server_error(status: int = 500) -> ApiError:
    """OpenAPI, responses/server_error; 503 has its own id."""
    if status == 503:
        return ApiError(503, "service_unavailable", "Service Unavailable")
    return ApiError(status, "server_error", "Unexpected server-side error")


def error_of(status: int) -> ApiError:
    """What the API usually says with a status."""
    usual = {
        400: bad_request(),
        401: unauthorized(),
        403: forbidden(),
        404: not_found(),
        405: method_not_allowed(),
        429: too_many_requests(),
    }
    if status >= 500:
        return server_error(status)
    phrase = HTTPStatus(status).phrase
    return usual.get(status) or ApiError(status, phrase.lower().replace(" ", "_"), phrase)
