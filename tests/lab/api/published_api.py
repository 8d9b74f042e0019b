# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of answers against DigitalOcean's published OpenAPI description."""

from __future__ import annotations

import functools
import re
from typing import Any

import httpx
from digitalocean_openapi import description
from openapi_core import OpenAPI
from openapi_core.testing import MockRequest, MockResponse

_SERVER = "https://api.digitalocean.com"


@functools.cache
def _validator() -> OpenAPI:
    return OpenAPI.from_dict(description() | {"servers": [{"url": _SERVER}]})


@functools.cache
def _templates() -> list[tuple[re.Pattern[str], str]]:
    """Patterns of the described paths; literal segments before parameters, so that `default` is no project's id."""
    paths = sorted(description()["paths"], key=lambda path: path.count("{"))
    return [(re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path) + "$"), path) for path in paths]


def template_of(path: str) -> str | None:
    """The described path that a real one, or one with other parameter names, belongs to."""
    return next((template for pattern, template in _templates() if pattern.match(path)), None)


def operation(method: str, path: str) -> dict[str, Any] | None:
    """The described operation behind a method and path; None when there is none."""
    template = template_of(path)
    found: dict[str, Any] | None = description()["paths"].get(template, {}).get(method.lower()) if template else None
    return found


def check(response: httpx.Response) -> None:
    """Fail when an answer is not what the description promises for its operation and status."""
    response.read()
    request = response.request
    if operation(request.method, request.url.path) is None:
        return
    path = request.url.path
    declared = operation(request.method, path)
    assert declared is not None
    if response.is_success:
        assert str(response.status_code) in declared["responses"], f"{request.method} {path}: {response.status_code}"
    content_type = response.headers.get("content-type", "application/json")
    _validator().validate_response(
        MockRequest(_SERVER, request.method.lower(), path, data=request.read() or None),
        MockResponse(
            response.content,
            status_code=response.status_code,
            headers=dict(response.headers),
            content_type=content_type,
        ),
    )
