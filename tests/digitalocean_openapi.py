# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DigitalOcean's published OpenAPI description, which is not part of this repository."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import pytest

# CI keeps it beside the checkout.
PATH = Path(__file__).resolve().parents[2] / "shared/data/digitalocean-openapi.json"
needs_description = pytest.mark.skipif(
    not PATH.is_file(), reason=f"DigitalOcean's OpenAPI description is not there ({PATH})"
)


@functools.cache
def description() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(PATH.read_text())
    return loaded


def resolved(schema: Any) -> Any:
    """A schema with its reference followed."""
    while "$ref" in schema:
        target: Any = description()
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        schema = target
    return schema


def writable(schema: Any) -> dict[str, Any]:
    """All properties of a schema and of what it is made of, without those that are read only."""
    schema = resolved(schema)
    found = {name: resolved(value) for name, value in (schema.get("properties") or {}).items()}
    for key in ("allOf", "anyOf", "oneOf"):
        for part in schema.get(key) or []:
            found |= writable(part)
    return {name: value for name, value in found.items() if not value.get("readOnly")}


def request_fields(path: str, method: str) -> dict[str, Any]:
    """What can be written by an operation."""
    body = description()["paths"][path][method]["requestBody"]
    return writable(resolved(body)["content"]["application/json"]["schema"])
