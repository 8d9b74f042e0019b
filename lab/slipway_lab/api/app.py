# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The web application: DigitalOcean's resources, the lab's own endpoints, and DigitalOcean's form of every error."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from slipway_lab.api import admin_routes, oauth_routes, registry_auth_routes
from slipway_lab.api.context import Lab
from slipway_lab.api.errors import (
    ApiError,
    TagError,
    bad_request,
    method_not_allowed,
    not_found,
    unprocessable,
    validation_error,
)
from slipway_lab.api.gateway import Gateway
from slipway_lab.api.resources import (
    account,
    associated,
    catalogue,
    cluster_access,
    cluster_lifecycle,
    clusters,
    domain_records,
    domains,
    droplets,
    kubernetes_options,
    load_balancers,
    node_pools,
    projects,
    registries,
    registry_access,
    registry_repositories,
    tags,
    volumes,
    vpcs,
)
from slipway_lab.backend import BackendError
from slipway_lab.git import routes as git_routes
from slipway_lab.load_balancers import admission_webhook
from slipway_lab.registry import routes as registry_routes

_logger = logging.getLogger(__name__)

# A new kind of resource is one file with a `router`, and its name here.
RESOURCES = (
    account,
    associated,
    catalogue,
    cluster_access,
    cluster_lifecycle,
    clusters,
    domain_records,
    domains,
    droplets,
    kubernetes_options,
    load_balancers,
    node_pools,
    projects,
    registries,
    registry_access,
    registry_repositories,
    tags,
    volumes,
    vpcs,
)
# Errors of pydantic that mean a value is there and of the right type, but not one that is allowed.
_VALUE_ERRORS = ("literal_error", "greater_than", "less_than", "value_error", "string_pattern", "enum")


def create_app(lab: Lab) -> FastAPI:
    app = FastAPI(
        title="DigitalOcean in a box", openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False
    )
    app.state.lab = lab
    for resource in RESOURCES:
        app.include_router(resource.router)
    app.include_router(git_routes.router)
    app.include_router(registry_routes.router)
    app.include_router(admission_webhook.router)
    app.include_router(oauth_routes.router)
    app.include_router(registry_auth_routes.router)
    app.include_router(admin_routes.router)
    app.add_exception_handler(ApiError, _on_api_error)
    app.add_exception_handler(BackendError, _on_backend_error)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_middleware(Gateway, store=lab.store, limiter=lab.limiter, faults=lab.faults, log=lab.log)
    return app


def _respond(request: Request, error: ApiError) -> JSONResponse:
    request_id = getattr(request.state, "request_id", None)
    return JSONResponse(error.body | ({"request_id": request_id} if request_id else {}), status_code=error.status)


def _on_api_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ApiError)  # noqa: S101 - what the handler is registered for
    return _respond(request, error)


def _on_backend_error(request: Request, error: Exception) -> JSONResponse:
    """A cluster that should be there does not answer: no fault of the caller."""
    _logger.error("%s %s: %s", request.method, request.url.path, error)
    return _respond(request, ApiError(503, "service_unavailable", str(error)))


def _on_http_exception(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101
    return _respond(request, method_not_allowed() if error.status_code == 405 else not_found())


def _on_invalid_request(request: Request, error: Exception) -> JSONResponse:
    """One clear message: the first thing that is wrong with the body."""
    assert isinstance(error, RequestValidationError)  # noqa: S101
    first: dict[str, Any] = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"][1:])
    refuse = validation_error if request.url.path.startswith("/v2/kubernetes/") else unprocessable
    if first["type"] == "missing" and field:
        return _respond(request, refuse(f"{field} is required"))
    if first["type"].startswith(_VALUE_ERRORS):
        return _respond(request, refuse(f"{field}: {first['msg']}"))
    if request.url.path == "/v2/tags":
        return _respond(request, TagError("error parsing request body"))
    return _respond(request, bad_request())
