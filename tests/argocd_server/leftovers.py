# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes away what a test has made, without the kubectl runs that would take longer than most tests."""

from __future__ import annotations

import time
from typing import Any

import requests

from .argocd import ArgoCD
from .control_plane import ADMIN_TOKEN

_ARGOCD = "/apis/argoproj.io/v1alpha1/namespaces/argocd"
# In this order: each makes, or needs, the next.
_KINDS = ("applicationsets", "applications", "appprojects")
_COLLECTIONS = (
    ("/api/v1/namespaces/argocd/secrets",
     {"labelSelector": "argocd.argoproj.io/secret-type in (cluster, repository, repo-creds)"}),
    ("/api/v1/namespaces/default/configmaps", {"fieldSelector": "metadata.name!=kube-root-ca.crt"}),
)  # fmt: skip


def clear(argocd: ArgoCD) -> None:
    """Remove Argo CD's objects, its credentials, and what applications deployed to the hub; wait until all is gone."""
    hub = argocd.hub
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {ADMIN_TOKEN}"
        session.verify = str(hub.directory / "ca.crt")
        # A CA bundle named in the environment would come before that one.
        session.trust_env = False
        for kind in _KINDS:
            _clear_kind(session, f"{hub.server}{_ARGOCD}/{kind}")
        for path, selector in _COLLECTIONS:
            _call(session, "DELETE", hub.server + path, params=selector)
    _until_seen(argocd)


def _until_seen(argocd: ArgoCD) -> None:
    """Wait until argocd-server, which answers from what it was told, has heard of it."""
    end = time.monotonic() + 60
    while True:
        left = [
            str(item.get("name") or item.get("repo") or item.get("url") or item["metadata"]["name"])
            for kind in ("applications", "applicationsets", "projects", "clusters", "repositories", "repocreds")
            for item in argocd.call("GET", f"/api/v1/{kind}").get("items") or []
            if item.get("name") != "in-cluster" and (item.get("metadata") or {}).get("name") != "default"
        ]
        if not left:
            return
        assert time.monotonic() < end, f"argocd-server goes on to show {left}"
        time.sleep(0.05)


def _clear_kind(session: requests.Session, url: str) -> None:
    end = time.monotonic() + 60
    while True:
        left = [item["metadata"] for item in _call(session, "GET", url)["items"]]
        left = [metadata for metadata in left if metadata["name"] != "default"]
        if not left:
            return
        assert time.monotonic() < end, f"these do not go from {url}: {[metadata['name'] for metadata in left]}"
        for metadata in left:
            # Whoever would work on a finalizer may be what the test has broken.
            if metadata.get("finalizers"):
                _call(session, "PATCH", f"{url}/{metadata['name']}", json={"metadata": {"finalizers": None}})
            _call(session, "DELETE", f"{url}/{metadata['name']}")
        time.sleep(0.02)


def _call(session: requests.Session, method: str, url: str, **options: Any) -> dict[str, Any]:
    """One call; what is gone already is fine."""
    headers = {"Content-Type": "application/merge-patch+json"} if method == "PATCH" else {}
    answer = session.request(method, url, headers=headers, timeout=30, **options)
    assert answer.ok or answer.status_code == 404, f"{method} {url}: {answer.status_code} {answer.text}"
    body: dict[str, Any] = answer.json()
    return body
