# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Brings one Service's load balancer to what the Service says, as Kubernetes' service controller does it with
DigitalOcean's cloud provider: finalizer, events, annotations, status.

https://github.com/kubernetes/cloud-provider, controllers/service
"""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from slipway_lab.cluster.kubernetes_api import JsonObject, KubernetesApi, KubernetesApiError
from slipway_lab.load_balancers.account import Body, ClusterAccount
from slipway_lab.load_balancers.errors import LoadBalancerError
from slipway_lab.load_balancers.service_annotations import LOAD_BALANCER_ID, TYPE
from slipway_lab.load_balancers.service_request import (
    Service,
    annotations_of,
    default_name,
    load_balancer_request,
    wants_load_balancer,
    with_type,
)

FINALIZER = "service.kubernetes.io/load-balancer-cleanup"
_COMPONENT = "digitalocean-cloud-controller-manager"
# A new load balancer is looked at again after this; the lab's are quick.
_NEW_SECONDS = 1.0


class ServiceSync:
    """One cluster's Services and their load balancers."""

    def __init__(self, api: KubernetesApi, account: ClusterAccount) -> None:
        self._api = api
        self._account = account

    def sync(self, service: Service, droplets: Sequence[int]) -> None:
        """One Service, at the Droplets that it can be reached at. LoadBalancerError when it cannot be so (yet)."""
        if wants_load_balancer(service) and not service["metadata"].get("deletionTimestamp"):
            self._ensure(service, droplets)
        elif FINALIZER in service["metadata"].get("finalizers", []):
            self._clean_up(service)

    def warn(self, service: Service, message: str) -> None:
        self._event(service, "SyncLoadBalancerFailed", f"Error syncing load balancer: {message}", "Warning")

    def _ensure(self, service: Service, droplets: Sequence[int]) -> None:
        metadata = service["metadata"]
        self._event(service, "EnsuringLoadBalancer", "Ensuring load balancer")
        if FINALIZER not in metadata.get("finalizers", []):
            self._patch(service, {"finalizers": [*metadata.get("finalizers", []), FINALIZER]})
        if annotations_of(service).disowned:
            # Its status stays as it was, and nothing of the load balancer is looked at.
            self._event(service, "EnsuredLoadBalancer", "Ensured load balancer")
            return
        balancer = self._bring(service, droplets)
        if balancer["status"] != "active":
            raise LoadBalancerError("load-balancer is currently being created", _NEW_SECONDS)
        self._set_ingress(service, _ingress(service, balancer))
        self._event(service, "EnsuredLoadBalancer", "Ensured load balancer")

    def _bring(self, service: Service, droplets: Sequence[int]) -> Body:
        load_balancer_request(service)
        if not droplets:
            raise LoadBalancerError("no ready nodes available for load balancer")
        present = self._find(service)
        if present is None:
            made = self._account.create({**load_balancer_request(service), "droplet_ids": list(droplets)})
            self._annotate(service, made)
            return made
        self._annotate(service, present)
        # The annotation of the type is written over before it is read, so a wrong one does no harm here.
        request = {"size_unit": present["size_unit"], **load_balancer_request(with_type(service, present["type"]))}
        return self._account.update(present["id"], {**request, "droplet_ids": list(droplets)})

    def _find(self, service: Service) -> Body | None:
        annotations = annotations_of(service)
        name = annotations.get("name") or default_name(service)
        return self._account.find(annotations.load_balancer_id, (name, default_name(service)))

    def _clean_up(self, service: Service) -> None:
        present = self._find(service)
        if present is not None:
            self._event(service, "DeletingLoadBalancer", "Deleting load balancer")
            if not annotations_of(service).disowned:
                self._account.delete(present["id"])
            self._event(service, "DeletedLoadBalancer", "Deleted load balancer")
        if not service["metadata"].get("deletionTimestamp"):
            self._set_ingress(service, [])
        finalizers = [one for one in service["metadata"]["finalizers"] if one != FINALIZER]
        self._patch(service, {"finalizers": finalizers})

    def _annotate(self, service: Service, balancer: Body) -> None:
        wanted = {LOAD_BALANCER_ID: balancer["id"], TYPE: balancer["type"]}
        present = service["metadata"].get("annotations") or {}
        if any(present.get(key) != value for key, value in wanted.items()):
            self._patch(service, {"annotations": wanted})

    def _set_ingress(self, service: Service, ingress: list[JsonObject]) -> None:
        present = [{k: one[k] for k in ("ip", "hostname") if k in one} for one in _present_ingress(service)]
        if present != ingress:
            status = {"status": {"loadBalancer": {"ingress": ingress or None}}}
            self._api.merge_patch(f"{_path(service)}/status", status)

    def _patch(self, service: Service, metadata: Mapping[str, Any]) -> None:
        """Change metadata; fine when the Service is gone."""
        try:
            self._api.merge_patch(_path(service), {"metadata": metadata})
        except KubernetesApiError as error:
            if error.status != 404:
                raise

    def _event(self, service: Service, reason: str, message: str, type_: str = "Normal") -> None:
        metadata = service["metadata"]
        now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        event = {
            "metadata": {"name": f"{metadata['name']}.{secrets.token_hex(8)}", "namespace": metadata["namespace"]},
            "involvedObject": {
                "apiVersion": "v1",
                "kind": "Service",
                **{key: metadata[key] for key in ("namespace", "name", "uid", "resourceVersion")},
            },
            "reason": reason,
            "message": message,
            "type": type_,
            "source": {"component": _COMPONENT},
            "firstTimestamp": now,
            "lastTimestamp": now,
            "count": 1,
        }
        try:
            self._api.request("POST", f"/api/v1/namespaces/{metadata['namespace']}/events", event)
        except KubernetesApiError:
            # The namespace is going, and its events with it.
            return


def _ingress(service: Service, balancer: Body) -> list[JsonObject]:
    hostname = annotations_of(service).get("hostname").lower()
    if hostname:
        return [{"hostname": hostname}]
    return [{"ip": balancer[key]} for key in ("ip", "ipv6") if balancer.get(key)]


def _present_ingress(service: Service) -> list[JsonObject]:
    found: list[JsonObject] = service.get("status", {}).get("loadBalancer", {}).get("ingress") or []
    return found


def _path(service: Service) -> str:
    metadata = service["metadata"]
    return f"/api/v1/namespaces/{metadata['namespace']}/services/{metadata['name']}"
