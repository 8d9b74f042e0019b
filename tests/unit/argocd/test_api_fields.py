# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fields that modules know are those of Argo CD's own swagger and CRDs, as its Go module carries them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import argocd_api_schema
import pytest
import yaml
from ansible_collections.slipway.gitops.plugins.module_utils._argocd import api_schema, repository
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.options import snake_case
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.schema import LIST, MAP
from argocd_server.binaries import argocd_source
from slipway_lab.build.errors import BuildError
from slipway_lab.build.upstreams import UPSTREAMS
from unit.contracts.test_completeness import arguments_of

CRD_TYPES = {"string": "str", "integer": "int", "boolean": "bool", "number": "number"}


@pytest.fixture(scope="module")
def module() -> Path:
    """The module of the Argo CD that the lab builds, from Go's module cache; nothing is downloaded for it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GOPROXY", "off")
        try:
            return argocd_source()
        except BuildError as error:
            pytest.skip(f"{error} `lab prepare argocd` gets it.")


@pytest.fixture(scope="module")
def swagger(module: Path) -> dict[str, Any]:
    result: dict[str, Any] = json.loads((module / "assets" / "swagger.json").read_text())
    return result


def test_the_table_of_fields_is_that_of_the_swagger(swagger: dict[str, Any]) -> None:
    assert UPSTREAMS["argo-cd"].version.removeprefix("v") == api_schema.ARGOCD_VERSION
    assert argocd_api_schema.table(swagger) == api_schema.DEFINITIONS


@pytest.mark.parametrize(
    ("crd", "path", "kind"),
    [
        ("application", ("spec",), "ApplicationSpec"),
        ("applicationset", ("spec",), "ApplicationSetSpec"),
        ("appproject", ("spec",), "AppProjectSpec"),
        ("application", ("operation", "sync", "syncStrategy"), "SyncStrategy"),
        ("application", ("operation", "sync", "resources"), "list of SyncOperationResource"),
        ("application", ("operation", "retry"), "RetryStrategy"),
        ("application", ("operation", "info"), "list of Info"),
    ],
)
def test_the_table_of_fields_is_that_of_the_crds(module: Path, crd: str, path: tuple[str, ...], kind: str) -> None:
    """The swagger comes from the protobuf, which shows embedded structs as fields of their own; the CRDs do not."""
    document = yaml.safe_load((module / "manifests" / "crds" / f"{crd}-crd.yaml").read_text())
    (version,) = document["spec"]["versions"]
    schema = version["schema"]["openAPIV3Schema"]
    for key in path:
        schema = schema["properties"][key]
    assert list(disagreements(kind, schema, ".".join(path))) == []


def disagreements(kind: str, schema: dict[str, Any], path: str) -> Iterator[str]:
    """Where the table and a CRD's schema say different things."""
    if kind.startswith(LIST):
        yield from disagreements(kind.removeprefix(LIST), schema["items"], f"{path}[]")
    elif kind.startswith(MAP):
        yield from disagreements(kind.removeprefix(MAP), schema["additionalProperties"], f"{path}.*")
    elif kind in api_schema.DEFINITIONS:
        known, published = api_schema.DEFINITIONS[kind], schema["properties"]
        for key in known.keys() ^ published.keys():
            yield f"{path}.{key} is only in the {'table' if key in known else 'CRD'}"
        for key in known.keys() & published.keys():
            yield from disagreements(known[key], published[key], f"{path}.{key}")
    elif kind != "any":
        type_ = "int or str" if schema.get("x-kubernetes-int-or-string") else CRD_TYPES[schema["type"]]
        if type_ != kind:
            yield f"{path} is {kind} in the table and {type_} in the CRD"


@pytest.mark.parametrize(
    ("name", "kind", "left_out"),
    [
        ("argocd_repository", "Repository", set(repository.NOT_OPTIONS)),
        ("argocd_repository_credentials", "RepoCreds", set()),
        # Read only, or written by Argo CD.
        ("argocd_cluster", "Cluster", {"connectionState", "info", "refreshRequestedAt", "serverVersion"}),
    ],
)
def test_every_field_of_the_api_is_an_option(swagger: dict[str, Any], name: str, kind: str, left_out: set[str]) -> None:
    fields = set(swagger["definitions"][f"v1alpha1{kind}"]["properties"]) - left_out
    assert {snake_case(field) for field in fields} <= set(arguments_of(name)["argument_spec"])


@pytest.mark.parametrize(
    ("request_name", "written", "left_out"),
    [
        # fields of the request -> option of the module
        (
            "applicationApplicationSyncRequest",
            {"name", "app_namespace", "prune", "revision", "resources", "strategy", "infos"},
            # dryRun is check mode; project is read; manifests is for local files; the two lists are for sources that
            # have different revisions, which only a change of the application keeps.
            {"dryRun", "project", "manifests", "revisions", "sourcePositions", "retryStrategy", "syncOptions"},
        ),
    ],
)
def test_sync_request(swagger: dict[str, Any], request_name: str, written: set[str], left_out: set[str]) -> None:
    fields = set(swagger["definitions"][request_name]["properties"]) - left_out
    assert {snake_case(field) for field in fields} == written
    assert written | {"retry", "sync_options"} <= set(arguments_of("argocd_application_sync")["argument_spec"])
