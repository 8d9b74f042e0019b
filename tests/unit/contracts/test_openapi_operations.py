# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of operations says of each what the API's description says: its scopes, and whether it gives a secret."""

from __future__ import annotations

import ast
import functools
import inspect
import re
from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path
from typing import Any

import pydo
import pytest
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean import client
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.operations import OPERATIONS
from digitalocean_openapi import description, needs_description, resolved, writable

SCOPE = re.compile(r"`([a-z_]+:[a-z_]+)`")
# What the description calls properties whose values are secrets.
SECRETS = {"token", "auth", "client_key_data", "password"}
pytestmark = needs_description


class Sent(Exception):  # noqa: N818 - no error, but the way out before anything is sent
    """The request that would be sent."""


@functools.cache
def sdk() -> Any:
    return pydo.Client("no token", endpoint="https://127.0.0.1:1")


@functools.cache
def request_of(name: str) -> tuple[str, str]:
    """Method and path that pydo sends for an operation, with 1 for every id."""
    operation = attrgetter(name)(sdk())
    parameters = [item for item in inspect.signature(operation).parameters.values() if item.default is item.empty]
    given = {
        item.name: {} if item.name == "body" else 1 if "int" in str(item.annotation) else "1"
        for item in parameters
        if item.kind is not item.VAR_KEYWORD
    }

    def stop(pipeline: Any) -> None:
        raise Sent(pipeline.http_request.method, pipeline.http_request.url)

    with pytest.raises(Sent) as caught:
        operation(**given, raw_request_hook=stop)
    method, url = caught.value.args
    return method.lower(), url.removeprefix("https://127.0.0.1:1").split("?")[0]


@functools.cache
def described(name: str) -> dict[str, Any]:
    """The operation in the API's description."""
    method, path = request_of(name)
    fitting = [
        template
        for template, methods in description()["paths"].items()
        if method in methods and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path)
    ]
    # /v2/registries/options fits /v2/registries/{registry_name} too.
    found: dict[str, Any] = description()["paths"][min(fitting, key=lambda template: template.count("{"))][method]
    return found


def scopes_of(operation: dict[str, Any]) -> set[str]:
    return {scope for way in operation["security"] for scopes in way.values() for scope in scopes}


def fields_with_scopes(properties: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, set[str]]]:
    """Every field whose description asks for scopes of its own, at every depth."""
    for name, schema in properties.items():
        needed = re.search(r"Requires (.*?)scope", str(schema.get("description", "")), re.DOTALL)
        if needed:
            yield prefix + name, set(SCOPE.findall(needed[1]))
        inner = resolved(schema.get("items") or schema)
        yield from fields_with_scopes(writable(inner), f"{prefix}{name}.")


@pytest.mark.parametrize("name", OPERATIONS)
def test_scopes_are_those_of_the_description(name: str) -> None:
    assert set(OPERATIONS[name].scopes) == scopes_of(described(name))


@pytest.mark.parametrize("name", OPERATIONS)
def test_fields_that_need_scopes_of_their_own_say_so(name: str) -> None:
    body = described(name).get("requestBody")
    properties = writable(resolved(body)["content"]["application/json"]["schema"]) if body else {}
    for field, scopes in fields_with_scopes(properties):
        assert scopes <= set(OPERATIONS[name].fields.get(field, ())), field
    assert {field.split(".")[0] for field in OPERATIONS[name].fields} <= set(properties)


def holds_secret(schema: Any) -> bool:
    """Whether a property of a schema, at any depth, is a secret."""
    schema = resolved(schema)
    parts = [part for key in ("allOf", "anyOf", "oneOf") for part in schema.get(key) or []]
    items = schema.get("items") or {}
    inner = list((schema.get("properties") or {}).items())
    return (
        any(name in SECRETS and resolved(value).get("type") == "string" for name, value in inner)
        or any(holds_secret(value) for _name, value in inner)
        or any(holds_secret(part) for part in parts)
        or bool(items and holds_secret(items))
    )


@pytest.mark.parametrize("name", OPERATIONS)
def test_operations_that_give_secrets_are_marked(name: str) -> None:
    answers = [resolved(answer) for code, answer in described(name)["responses"].items() if code.startswith("2")]
    schemas = [content["schema"] for answer in answers for content in (answer.get("content") or {}).values()]
    assert OPERATIONS[name].secret is any(holds_secret(schema) for schema in schemas)


@pytest.mark.parametrize("name", OPERATIONS)
def test_what_a_success_holds_is_what_the_description_says(name: str) -> None:
    """Every key that is awaited, and none where there is no body."""
    answers = [resolved(answer) for code, answer in described(name)["responses"].items() if code.startswith("2")]
    schemas = [content["schema"] for answer in answers for content in (answer.get("content") or {}).values()]
    held = {key: resolved(value) for schema in schemas for key, value in properties(schema).items()}
    operation = OPERATIONS[name]
    if operation.gives:
        assert held[operation.gives].get("type", "object") == "object"
    if operation.gives_list:
        assert held[operation.gives_list]["type"] == "array"
    enveloped = set(held) - {"links", "meta"}
    if len(enveloped) == 1 and not operation.secret:
        assert enveloped == {operation.gives or operation.gives_list}


def properties(schema: Any) -> dict[str, Any]:
    """All properties of a schema and of what it is made of."""
    schema = resolved(schema)
    found = dict(schema.get("properties") or {})
    for key in ("allOf", "anyOf", "oneOf"):
        for part in schema.get(key) or []:
            found |= properties(part)
    return found


def test_the_table_holds_what_the_client_calls_and_nothing_else() -> None:
    tree = ast.parse(Path(inspect.getfile(client)).read_text())
    called = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and re.fullmatch(r"[a-z_]+\.[a-z0-9_]+", str(node.value))
    }
    assert called == set(OPERATIONS)
