# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How to get into a cluster: credentials, kubeconfig, user."""

from __future__ import annotations

import base64
import datetime
from typing import Any

import yaml
from fastapi import APIRouter, Depends, Request, Response

from slipway_lab.api.context import Lab, LabDependency
from slipway_lab.api.errors import not_found, validation_error
from slipway_lab.api.records import Cluster
from slipway_lab.api.resources.account import EMAIL
from slipway_lab.api.scopes import Scopes

router = APIRouter()

_CLUSTER = "/v2/kubernetes/clusters/{cluster_id}"
# OpenAPI, kubernetes_expiry_seconds: 0 or absent means 7 days.
_DEFAULT_EXPIRY_SECONDS = 7 * 24 * 3600


def _reachable_cluster(lab: Lab, cluster_id: str) -> Cluster:
    cluster = lab.find(Cluster, cluster_id)
    if not cluster.endpoint:
        raise not_found()
    return cluster


def _expiry_seconds(request: Request) -> int:
    text = request.query_params.get("expiry_seconds") or "0"
    try:
        seconds = int(text)
    except ValueError as error:
        raise validation_error(f"expiry_seconds {text!r} is not a number") from error
    if seconds < 0:
        raise validation_error("expiry_seconds must not be negative")
    return seconds or _DEFAULT_EXPIRY_SECONDS


def _ca_data(cluster: Cluster) -> str:
    return base64.b64encode(cluster.ca_pem.encode()).decode()


@router.get(_CLUSTER + "/credentials", dependencies=[Depends(Scopes("kubernetes:access_cluster"))])
def get_credentials(cluster_id: str, request: Request, lab: LabDependency) -> dict[str, Any]:
    """Every call makes a new token."""
    cluster = _reachable_cluster(lab, cluster_id)
    seconds = _expiry_seconds(request)
    expires = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=seconds)
    return {
        "server": cluster.endpoint,
        "certificate_authority_data": _ca_data(cluster),
        "client_certificate_data": None,
        "client_key_data": None,
        "token": lab.backend.issue_token(cluster.id, seconds),
        "expires_at": expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _token_user(lab: Lab, cluster: Cluster, request: Request) -> dict[str, Any]:
    return {"token": lab.backend.issue_token(cluster.id, _expiry_seconds(request))}


def _sso_user(cluster: Cluster) -> dict[str, Any]:
    """Signing in is doctl's business (OpenAPI, kubernetes_get_kubeconfig)."""
    arguments = ["kubernetes", "cluster", "kubeconfig", "exec-credential", "--version=v1beta1", cluster.id]
    return {"exec": {"apiVersion": "client.authentication.k8s.io/v1beta1", "command": "doctl", "args": arguments}}


@router.get(
    _CLUSTER + "/kubeconfig",
    dependencies=[Depends(Scopes("kubernetes:access_cluster"))],
    response_class=Response,
)
def get_kubeconfig(cluster_id: str, request: Request, lab: LabDependency) -> Response:
    cluster = _reachable_cluster(lab, cluster_id)
    has_sso = bool((cluster.sso or {}).get("enabled"))
    kind = request.query_params.get("type") or ("sso" if has_sso else "token")
    if kind not in ("token", "sso") or (kind == "sso" and not has_sso):
        raise validation_error(f"kubeconfig type {kind!r} is not available for this cluster")
    context = f"do-{cluster.region}-{cluster.name}"
    user = f"{context}-admin"
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "preferences": {},
        "current-context": context,
        "clusters": [
            {
                "name": context,
                "cluster": {"certificate-authority-data": _ca_data(cluster), "server": cluster.endpoint},
            }
        ],
        "contexts": [{"name": context, "context": {"cluster": context, "user": user}}],
        "users": [{"name": user, "user": _sso_user(cluster) if kind == "sso" else _token_user(lab, cluster, request)}],
    }
    return Response(yaml.safe_dump(config, sort_keys=False), media_type="application/yaml")


@router.get(_CLUSTER + "/user", dependencies=[Depends(Scopes("kubernetes:read"))])
def get_cluster_user(cluster_id: str, lab: LabDependency) -> dict[str, Any]:
    lab.find(Cluster, cluster_id)
    return {"kubernetes_cluster_user": {"username": EMAIL, "groups": ["k8saas:authenticated"]}}
