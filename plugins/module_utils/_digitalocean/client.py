# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""The endpoints of the API that this collection uses, typed: what goes in, what comes out, what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._errors import UnreadableAnswerError
from .._reconcile import JsonObject
from .transport import Answer, Transport

PER_PAGE = 200  # the API's maximum; its default of 20 would need ten times the calls
MOST_PAGES = 500


class DigitalOcean:
    """Calls by what they mean. An object that is not there is None; every other refusal raises (see Transport)."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport

    # Kubernetes clusters

    def clusters(self) -> list[JsonObject]:
        return self._pages("kubernetes.list_clusters", "kubernetes_clusters")

    def cluster(self, cluster_id: str) -> JsonObject | None:
        answer = self._call("kubernetes.get_cluster", cluster_id, missing_ok=True)
        return self._object(answer, "kubernetes_cluster") if answer.found else None

    def create_cluster(self, body: Mapping[str, Any]) -> JsonObject:
        answer = self._call("kubernetes.create_cluster", body=dict(body))
        return self._object(answer, "kubernetes_cluster")

    def update_cluster(self, cluster_id: str, body: Mapping[str, Any]) -> JsonObject:
        answer = self._call("kubernetes.update_cluster", cluster_id, body=dict(body))
        return self._object(answer, "kubernetes_cluster")

    def delete_cluster(self, cluster_id: str) -> bool:
        """Delete the cluster and leave its load balancers and volumes; False when it was gone already."""
        return self._gone("kubernetes.delete_cluster", cluster_id)

    def associated_resources(self, cluster_id: str) -> dict[str, list[JsonObject]] | None:
        """What a cluster would leave behind: load_balancers, volumes, volume_snapshots, each with id and name."""
        answer = self._call("kubernetes.list_associated_resources", cluster_id, missing_ok=True)
        if not answer.found:
            return None
        body = answer.body or {}
        kinds = ("load_balancers", "volumes", "volume_snapshots")
        return {kind: [dict(item) for item in body.get(kind) or []] for kind in kinds}

    def delete_cluster_with_selected(self, cluster_id: str, selected: Mapping[str, list[str]]) -> bool:
        body = {kind: list(ids) for kind, ids in selected.items()}
        return self._gone("kubernetes.destroy_associated_resources_selective", cluster_id, body=body)

    def delete_cluster_with_all(self, cluster_id: str) -> bool:
        """Delete the cluster and whatever is associated with it at that moment."""
        return self._gone("kubernetes.destroy_associated_resources_dangerous", cluster_id)

    def credentials(self, cluster_id: str, expiry_seconds: int) -> JsonObject | None:
        """Server, CA and a new token that is valid for that long (0: seven days)."""
        answer = self._call("kubernetes.get_credentials", cluster_id, expiry_seconds=expiry_seconds, missing_ok=True)
        return answer.body if answer.found else None

    def upgrades(self, cluster_id: str) -> list[JsonObject]:
        """Versions this cluster can be upgraded to in one step."""
        answer = self._call("kubernetes.get_available_upgrades", cluster_id)
        return [dict(item) for item in (answer.body or {}).get("available_upgrade_versions") or []]

    def upgrade_cluster(self, cluster_id: str, slug: str) -> None:
        self._call("kubernetes.upgrade_cluster", cluster_id, body={"version": slug})

    def kubernetes_options(self) -> JsonObject:
        """Regions, sizes and versions that a new cluster can have."""
        answer = self._call("kubernetes.list_options")
        return self._object(answer, "options")

    # Node pools

    def create_node_pool(self, cluster_id: str, body: Mapping[str, Any]) -> JsonObject:
        answer = self._call("kubernetes.add_node_pool", cluster_id, body=dict(body))
        return self._object(answer, "node_pool")

    def update_node_pool(self, cluster_id: str, pool_id: str, body: Mapping[str, Any]) -> JsonObject:
        answer = self._call("kubernetes.update_node_pool", cluster_id, pool_id, body=dict(body))
        return self._object(answer, "node_pool")

    def delete_node_pool(self, cluster_id: str, pool_id: str) -> bool:
        return self._gone("kubernetes.delete_node_pool", cluster_id, pool_id)

    # Container registries

    def registries(self) -> list[JsonObject]:
        """All registries; this list has no pages."""
        answer = self._call("registries.list")
        return self._items(answer, "registries")

    def registry_options(self) -> JsonObject:
        """Regions and subscription tiers a registry can have, and whether the account may have the tier."""
        answer = self._call("registries.get_options")
        return self._object(answer, "options")

    def registry_subscription(self) -> JsonObject | None:
        """The account's subscription for registries, None without one."""
        answer = self._call("registries.get_subscription", missing_ok=True)
        return self._object(answer, "subscription") if answer.found else None

    def update_registry_subscription(self, tier: str) -> None:
        self._call("registries.update_subscription", body={"tier_slug": tier})

    def validate_registry_name(self, name: str) -> None:
        """Raises ApiError with status 409 when the name is taken, in this account or in another one."""
        self._call("registries.validate_name", body={"name": name})

    def create_registry(self, body: Mapping[str, Any]) -> JsonObject:
        answer = self._call("registries.create", body=dict(body))
        return self._object(answer, "registry")

    def delete_registry(self, name: str) -> bool:
        """Delete the registry of this name with all images in it; False when it was gone already."""
        return self._gone("registries.delete", name)

    def registry_repositories(self, name: str) -> list[JsonObject]:
        """What is in the registry, each with name, manifest_count and tag_count; empty for one that is gone."""
        return self._pages("registries.list_repositories_v2", "repositories", name, missing_ok=True)

    def registry_credentials(self, name: str, *, read_write: bool, expiry_seconds: int) -> JsonObject | None:
        """A new credential in the form of Docker's config.json (expiry 0: it never expires); None without the registry.

        pydo has no arguments for these two, and without them the credential is read-only and never expires.
        """
        answer = self._call(
            "registries.get_docker_credentials",
            name,
            params={"read_write": str(read_write).lower(), "expiry_seconds": expiry_seconds},
            missing_ok=True,
        )
        return answer.body if answer.found else None

    def integrate_registry(self, name: str, cluster_ids: list[str]) -> None:
        """Let the clusters pull from the registry."""
        self._call("kubernetes.add_registries", body={"cluster_uuids": cluster_ids, "registries": [name]})

    def disintegrate_registry(self, name: str, cluster_ids: list[str]) -> None:
        self._call("kubernetes.remove_registries", body={"cluster_uuids": cluster_ids, "registries": [name]})

    # VPCs

    def vpcs(self) -> list[JsonObject]:
        return self._pages("vpcs.list", "vpcs")

    def vpc(self, vpc_id: str) -> JsonObject | None:
        answer = self._call("vpcs.get", vpc_id, missing_ok=True)
        return self._object(answer, "vpc") if answer.found else None

    def create_vpc(self, body: Mapping[str, Any]) -> JsonObject:
        return self._object(self._call("vpcs.create", body=dict(body)), "vpc")

    def update_vpc(self, vpc_id: str, body: Mapping[str, Any]) -> JsonObject:
        return self._object(self._call("vpcs.update", vpc_id, body=dict(body)), "vpc")

    def delete_vpc(self, vpc_id: str) -> bool:
        return self._gone("vpcs.delete", vpc_id)

    def vpc_members(self, vpc_id: str) -> list[JsonObject]:
        """What is in the VPC, each with urn and name; empty for a VPC that is gone."""
        return self._pages("vpcs.list_members", "members", vpc_id, missing_ok=True)

    # Load balancers

    def load_balancers(self) -> list[JsonObject]:
        return self._pages("load_balancers.list", "load_balancers")

    def load_balancer(self, balancer_id: str) -> JsonObject | None:
        answer = self._call("load_balancers.get", balancer_id, missing_ok=True)
        return self._object(answer, "load_balancer") if answer.found else None

    def create_load_balancer(self, body: Mapping[str, Any]) -> JsonObject:
        answer = self._call("load_balancers.create", body=dict(body))
        return self._object(answer, "load_balancer")

    def replace_load_balancer(self, balancer_id: str, body: Mapping[str, Any]) -> JsonObject:
        """Everything the body does not say gets its default again."""
        answer = self._call("load_balancers.update", balancer_id, body=dict(body))
        return self._object(answer, "load_balancer")

    def delete_load_balancer(self, balancer_id: str) -> bool:
        return self._gone("load_balancers.delete", balancer_id)

    # DNS

    def domains(self) -> list[JsonObject]:
        return self._pages("domains.list", "domains")

    def create_domain(self, body: Mapping[str, Any]) -> JsonObject:
        return self._object(self._call("domains.create", body=dict(body)), "domain")

    def delete_domain(self, name: str) -> bool:
        """Delete the domain with all its records; False when it was gone already."""
        return self._gone("domains.delete", name)

    def domain_records(self, domain: str) -> list[JsonObject] | None:
        """All records of the domain, None without the domain."""
        return self._pages_if_found("domains.list_records", "domain_records", domain, missing_ok=True)

    def create_domain_record(self, domain: str, body: Mapping[str, Any]) -> JsonObject:
        answer = self._call("domains.create_record", domain, body=dict(body))
        return self._object(answer, "domain_record")

    def update_domain_record(self, domain: str, record_id: int, body: Mapping[str, Any]) -> JsonObject:
        answer = self._call("domains.update_record", domain, record_id, body=dict(body))
        return self._object(answer, "domain_record")

    def delete_domain_record(self, domain: str, record_id: int) -> bool:
        return self._gone("domains.delete_record", domain, record_id)

    # The account

    def account(self) -> JsonObject:
        return self._object(self._call("account.get"), "account")

    def sizes(self) -> list[JsonObject]:
        return self._pages("sizes.list", "sizes")

    def droplet_count(self) -> int:
        """How many Droplets the account has, nodes of clusters included."""
        answer = self._call("droplets.list", per_page=1, page=1)
        total = ((answer.body or {}).get("meta") or {}).get("total")
        if not isinstance(total, int):
            raise UnreadableAnswerError("GET /v2/droplets answered without meta.total.")
        return total

    def projects(self) -> list[JsonObject]:
        return self._pages("projects.list", "projects")

    def project_resources(self, project_id: str) -> list[JsonObject]:
        return self._pages("projects.list_resources", "resources", project_id)

    def assign_to_project(self, project_id: str, urns: list[str]) -> None:
        """Move resources into the project."""
        self._call("projects.assign_resources", project_id, body={"resources": urns})

    # Shapes

    def _call(self, operation: str, *args: Any, **kwargs: Any) -> Answer:
        return self.transport.call(operation, *args, **kwargs)

    def _gone(self, operation: str, *args: Any, **kwargs: Any) -> bool:
        return self.transport.call(operation, *args, missing_ok=True, **kwargs).found

    def _object(self, answer: Answer, key: str) -> JsonObject:
        found = (answer.body or {}).get(key)
        if not isinstance(found, dict):
            raise UnreadableAnswerError(
                f"{self.transport.settings.api_url} answered {answer.status} without the object {key}.",
                "Check that api_url is DigitalOcean's API.",
            )
        return found

    def _items(self, answer: Answer, key: str) -> list[JsonObject]:
        body = answer.body or {}
        found = body.get(key)
        if found is None and key in body:
            found = []
        if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
            raise UnreadableAnswerError(
                f"{self.transport.settings.api_url} answered {answer.status} without the list {key}.",
                "Check that api_url is DigitalOcean's API.",
            )
        return found

    def _pages(self, operation: str, key: str, *args: Any, **kwargs: Any) -> list[JsonObject]:
        return self._pages_if_found(operation, key, *args, **kwargs) or []

    def _pages_if_found(self, operation: str, key: str, *args: Any, **kwargs: Any) -> list[JsonObject] | None:
        """The items of all pages, each object once: a list that changes while it is read repeats items.

        None when what they belong to is not there and missing_ok is given.
        """
        items: dict[str, JsonObject] = {}
        for page in range(1, MOST_PAGES + 1):
            answer = self.transport.call(operation, *args, per_page=PER_PAGE, page=page, **kwargs)
            if not answer.found:
                return None
            body = answer.body or {}
            for item in self._items(answer, key):
                identity = item.get("id") or item.get("urn") or item.get("slug") or item.get("name") or len(items)
                items[str(identity)] = item
            if not ((body.get("links") or {}).get("pages") or {}).get("next"):
                return list(items.values())
        raise UnreadableAnswerError(f"The list {key} does not end after {MOST_PAGES} pages.")
