# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Module options made from the API's own definitions: snake_case names, types, secrets marked."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from .._reconcile import JsonObject
from .api_schema import DEFINITIONS
from .schema import LIST, MAP

# Fields that hold secrets. The API never returns them, whatever the object.
SECRET_FIELDS = frozenset(
    {
        "bearerToken", "password", "keyData", "sshPrivateKey", "tlsClientCertKey", "githubAppPrivateKey",
        "gcpServiceAccountKey", "azureServicePrincipalClientSecret", "env", "args",
    }
)  # fmt: skip
_WORD_STARTS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_TYPES = {"str": "str", "int": "int", "bool": "bool", "any": "raw"}


def snake_case(name: str) -> str:
    """githubAppID -> github_app_id."""
    return _WORD_STARTS.sub("_", name).lower()


def options_of(kind: str, skip: Collection[str] = ()) -> dict[str, dict[str, Any]]:
    """An argument spec with one option for each field of a definition, except the skipped ones (API names)."""
    return {snake_case(field): _option(field, type_) for field, type_ in DEFINITIONS[kind].items() if field not in skip}


def _option(field: str, kind: str) -> dict[str, Any]:
    option: dict[str, Any]
    if kind in DEFINITIONS:
        option = {"type": "dict", "options": options_of(kind)}
    elif kind.startswith(LIST):
        option = {"type": "list", "elements": _TYPES[kind.removeprefix(LIST)]}
    elif kind.startswith(MAP):
        option = {"type": "dict"}
    else:
        option = {"type": _TYPES[kind]}
    if field in SECRET_FIELDS:
        option["no_log"] = True
    elif re.search("pass|token|secret|key", field, re.IGNORECASE):
        # Told apart from secrets on purpose: the name of a certificate or an identity is none.
        option["no_log"] = False
    return option


def to_api(kind: str, params: Mapping[str, Any]) -> JsonObject:
    """The options that the user gave, under the API's names. Omitted ones (None) are left out, at every depth."""
    result: JsonObject = {}
    for field, type_ in DEFINITIONS[kind].items():
        value = params.get(snake_case(field))
        if value is not None:
            result[field] = to_api(type_, value) if type_ in DEFINITIONS else value
    return result
