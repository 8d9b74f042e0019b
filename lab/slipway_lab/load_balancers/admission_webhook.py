# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The admission webhook that every DOKS cluster has: a Service is refused whose load balancer the API would refuse.

It asks the API for the load balancer without having it made. For a new Service it asks for a new load balancer,
whatever id an annotation names; so a Service that is to take over one with its name has to exist before it gets its
type (https://github.com/digitalocean/digitalocean-cloud-controller-manager/issues/910).
"""

from __future__ import annotations

import base64
from typing import Any

from fastapi import APIRouter

from slipway_lab.api.context import LabDependency
from slipway_lab.cluster.kubernetes_api import JsonObject, KubernetesApi
from slipway_lab.config import LabConfig, NodeKind
from slipway_lab.load_balancers.account import ClusterAccount
from slipway_lab.load_balancers.errors import LoadBalancerError
from slipway_lab.load_balancers.service_request import annotations_of, load_balancer_request
from slipway_lab.registry.address import registry_url

# At the address of the container registry, whose front sends it on to the lab's API: clusters reach no other.
WEBHOOK_PATH = "/_load-balancers"
_NAME = "digitalocean-cloud-controller-manager"

router = APIRouter(prefix=WEBHOOK_PATH)


def register_webhook(config: LabConfig, api: KubernetesApi, cluster_id: str) -> None:
    """Have a cluster ask before it takes a Service. Clusters without real nodes cannot reach the lab."""
    if config.nodes is not NodeKind.REAL:
        return
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "resources": ["services"], "operations": ["CREATE", "UPDATE"]}
    webhook: JsonObject = {
        "name": "validation-webhook.loadbalancer.doks.io",
        "clientConfig": {
            "url": f"{registry_url(config)}{WEBHOOK_PATH}/{cluster_id}",
            "caBundle": base64.b64encode(config.ca_file.read_bytes()).decode(),
        },
        "rules": [rule],
        "admissionReviewVersions": ["v1"],
        "sideEffects": "None",
        # A lab whose server is down has clusters that go on.
        "failurePolicy": "Ignore",
        "timeoutSeconds": 5,
    }
    api.apply(
        {
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "ValidatingWebhookConfiguration",
            "metadata": {"name": _NAME},
            "webhooks": [webhook],
        }
    )


@router.post("/{cluster_id}")
def review(cluster_id: str, body: dict[str, Any], lab: LabDependency) -> dict[str, Any]:
    """Answer an AdmissionReview of Kubernetes."""
    request = body["request"]
    problem = _problem(ClusterAccount(lab, cluster_id), request.get("object") or {}, request.get("oldObject"))
    response: JsonObject = {"uid": request["uid"], "allowed": problem is None}
    if problem is not None:
        response["status"] = {"code": 403, "message": problem}
    return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response}


def _problem(account: ClusterAccount, service: JsonObject, old: JsonObject | None) -> str | None:
    """Why a Service is not taken; None when it is."""
    if service.get("spec", {}).get("type") != "LoadBalancer" or service["metadata"].get("deletionTimestamp"):
        return None
    try:
        wanted = load_balancer_request(service)
    except LoadBalancerError as error:
        return f"failed to build DO API request: {error}"
    id_ = ""
    if old is not None:
        if _request_of(old) == wanted:
            return None
        id_ = annotations_of(service).load_balancer_id or annotations_of(old).load_balancer_id
    try:
        account.try_out(id_, wanted)
    except LoadBalancerError as error:
        return f"invalid load balancer definition: {error}"
    return None


def _request_of(service: JsonObject) -> JsonObject | None:
    """What the Service before asked for, which may be wrong. One that was not of the type asks the same way."""
    try:
        return load_balancer_request(service)
    except LoadBalancerError:
        return None
