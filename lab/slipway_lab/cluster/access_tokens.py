# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bearer tokens with cluster-admin rights that the cluster's own API server checks.

A token is a ServiceAccount token signed with the cluster's key, so any lifetime is possible; the API server checks
signature, expiry and that the ServiceAccount still has the uid in the token. Making the ServiceAccount anew therefore
revokes every token. The API server remembers a good token for up to 10 s (its token cache), as everywhere.

It also accepts a token for a minute after its expiry (the leeway of its JWT library), so the expiry written into the
token is a minute early.
"""

from __future__ import annotations

import secrets
import time
from pathlib import Path

import jwt

from slipway_lab.cluster.kubernetes_api import JsonObject, KubernetesApi, KubernetesApiError

ISSUER = "https://kubernetes.default.svc.cluster.local"
_NAMESPACE = "kube-system"
_NAME = "digitalocean-credentials"
_ACCOUNTS = f"/api/v1/namespaces/{_NAMESPACE}/serviceaccounts"
_LEEWAY_SECONDS = 60

_BINDING: JsonObject = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "ClusterRoleBinding",
    "metadata": {"name": _NAME},
    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
    "subjects": [{"kind": "ServiceAccount", "name": _NAME, "namespace": _NAMESPACE}],
}


def _account_uid(api: KubernetesApi) -> str:
    account = api.get(f"{_ACCOUNTS}/{_NAME}")
    if account is None:
        api.apply(_BINDING)
        body = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": _NAME}}
        try:
            account = api.request("POST", _ACCOUNTS, body)
        except KubernetesApiError as error:
            if error.status != 409:
                raise
            account = api.request("GET", f"{_ACCOUNTS}/{_NAME}")
    uid: str = account["metadata"]["uid"]
    return uid


def issue_token(api: KubernetesApi, key_file: Path, expiry_seconds: int) -> str:
    """A new token that ends in expiry_seconds."""
    now = int(time.time())
    expiry = now + expiry_seconds - _LEEWAY_SECONDS
    claims = {
        "iss": ISSUER,
        "aud": [ISSUER],
        "sub": f"system:serviceaccount:{_NAMESPACE}:{_NAME}",
        "iat": min(now, expiry) - 1,
        "nbf": min(now, expiry) - 1,
        "exp": expiry,
        "jti": secrets.token_hex(16),
        "kubernetes.io": {
            "namespace": _NAMESPACE,
            "serviceaccount": {"name": _NAME, "uid": _account_uid(api)},
        },
    }
    return jwt.encode(claims, key_file.read_bytes(), algorithm="ES256")


def revoke_tokens(api: KubernetesApi) -> None:
    """Make every token issued so far invalid."""
    api.delete(f"{_ACCOUNTS}/{_NAME}")
    _account_uid(api)
