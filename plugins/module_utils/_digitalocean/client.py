# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""The endpoints of the API that this collection uses, typed: what goes in, what comes out, what is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .._errors import ContradictionError, UnreadableAnswerError
from .._reconcile import JsonObject
from . import cluster_state
from .shown import Shown, beginning_with, has, refuse_if_listed, refuse_if_still_listed
from .transport import Answer, Transport

PER_PAGE = 200  # the API's maximum; its default of 20 would need ten times the calls
MOST_PAGES = 500
ASSOCIATED_KINDS = ("load_balancers", "volumes", "volume_snapshots")


class DigitalOcean:
    """Calls by what they mean. An object that is not there is None; every other refusal raises (see Transport).

    A 404 in place of what belongs to an object, or in answer to its deletion, counts as "it is gone" only when the list
    of such objects does not have it either. Otherwise it raises ContradictionError (see shown.py).
    """

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
        return self._delete(self._cluster(cluster_id), "kubernetes.delete_cluster", cluster_id)

    def is_cluster_listed(self, cluster_id: str) -> bool:
        """Whether the list of clusters has it, and not as one that is being deleted."""
        return any(item.get("id") == cluster_id and not cluster_state.is_leaving(item) for item in self.clusters())

    def associated_resources(self, cluster: JsonObject) -> dict[str, list[JsonObject]] | None:
        """What a cluster would leave behind: load_balancers, volumes, volume_snapshots, each with id and name.

        None when the cluster is gone.
        """
        asked = f"what cluster {cluster.get('name')} would leave behind"
        body = self._content(cluster, asked, "kubernetes.list_associated_resources", ASSOCIATED_KINDS)
        return body and {kind: [dict(item) for item in body.get(kind) or []] for kind in ASSOCIATED_KINDS}

    def delete_cluster_with_selected(self, cluster_id: str, selected: Mapping[str, list[str]]) -> bool:
        body = {kind: list(ids) for kind, ids in selected.items()}
        operation = "kubernetes.destroy_associated_resources_selective"
        return self._delete(self._cluster(cluster_id), operation, cluster_id, body=body)

    def delete_cluster_with_all(self, cluster_id: str) -> bool:
        """Delete the cluster and whatever is associated with it at that moment."""
        operation = "kubernetes.destroy_associated_resources_dangerous"
        return self._delete(self._cluster(cluster_id), operation, cluster_id)

    def credentials(self, cluster_id: str, expiry_seconds: int) -> JsonObject | None:
        """Server, CA and a new token that is valid for that long (0: seven days)."""
        answer = self._call("kubernetes.get_credentials", cluster_id, expiry_seconds=expiry_seconds, missing_ok=True)
        return (answer.body or {}) if answer.found else None

    def upgrades(self, cluster: JsonObject) -> list[JsonObject] | None:
        """Versions this cluster can be upgraded to in one step; None when the cluster is gone."""
        key, asked = "available_upgrade_versions", f"what cluster {cluster.get('name')} can be upgraded to"
        body = self._content(cluster, asked, "kubernetes.get_available_upgrades", (key,))
        return None if body is None else [dict(item) for item in body[key] or []]

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
        def is_listed() -> bool:
            return has((self.cluster(cluster_id) or {}).get("node_pools") or [], "id", pool_id)

        shown = Shown("node pool", pool_id, is_listed)
        return self._delete(shown, "kubernetes.delete_node_pool", cluster_id, pool_id)

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
        """The account's subscription for registries, None without one; an account with a registry has one."""
        answer = self._call("registries.get_subscription", missing_ok=True)
        if answer.found:
            return self._object(answer, "subscription")
        if self.registries():
            raise ContradictionError(
                "It could not be told which tier the account has. DigitalOcean answered 404, as if it had no "
                "subscription for container registries, and lists registries all the same.",
                "Run again; if it stays so, look at it in the control panel.",
            )
        return None

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
        return self._delete(self._registry(name), "registries.delete", name)

    def registry_repositories(self, registry: JsonObject) -> list[JsonObject] | None:
        """What is in the registry, each with name, manifest_count and tag_count; None when the registry is gone."""
        name = str(registry["name"])
        return self._content_pages(self._registry(name), "registries.list_repositories_v2", "repositories", name)

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
        if answer.found:
            return answer.body or {}
        refuse_if_listed(self._registry(name))
        return None

    def integrate_registry(self, name: str, cluster_ids: list[str]) -> None:
        """Let the clusters pull from the registry."""
        self._call("kubernetes.add_registries", body={"cluster_uuids": cluster_ids, "registries": [name]})

    def disintegrate_registry(self, name: str, cluster_ids: list[str]) -> None:
        self._call("kubernetes.remove_registries", body={"cluster_uuids": cluster_ids, "registries": [name]})

    # VPCs

    def vpcs(self) -> list[JsonObject]:
        return self._pages("vpcs.list", "vpcs")

    def create_vpc(self, body: Mapping[str, Any]) -> JsonObject:
        return self._object(self._call("vpcs.create", body=dict(body)), "vpc")

    def update_vpc(self, vpc_id: str, body: Mapping[str, Any]) -> JsonObject:
        return self._object(self._call("vpcs.update", vpc_id, body=dict(body)), "vpc")

    def delete_vpc(self, vpc_id: str) -> bool:
        return self._delete(Shown("VPC", vpc_id, lambda: has(self.vpcs(), "id", vpc_id)), "vpcs.delete", vpc_id)

    def vpc_members(self, vpc: JsonObject) -> list[JsonObject] | None:
        """What is in the VPC, each with urn and name; None when the VPC is gone."""
        shown = Shown("VPC", str(vpc.get("name")), lambda: has(self.vpcs(), "id", vpc["id"]))
        return self._content_pages(shown, "vpcs.list_members", "members", str(vpc["id"]))

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
        shown = Shown("load balancer", balancer_id, lambda: has(self.load_balancers(), "id", balancer_id))
        return self._delete(shown, "load_balancers.delete", balancer_id)

    # DNS

    def domains(self) -> list[JsonObject]:
        return self._pages("domains.list", "domains")

    def create_domain(self, body: Mapping[str, Any]) -> JsonObject:
        return self._object(self._call("domains.create", body=dict(body)), "domain")

    def delete_domain(self, name: str) -> bool:
        """Delete the domain with all its records; False when it was gone already."""
        return self._delete(self._domain(name), "domains.delete", name)

    def domain_records(self, domain: str) -> list[JsonObject] | None:
        """All records of the domain; None when there is no such domain."""
        return self._content_pages(self._domain(domain), "domains.list_records", "domain_records", domain)

    def create_domain_record(self, domain: str, body: Mapping[str, Any]) -> JsonObject:
        answer = self._call("domains.create_record", domain, body=dict(body))
        return self._object(answer, "domain_record")

    def update_domain_record(self, domain: str, record_id: int, body: Mapping[str, Any]) -> JsonObject:
        answer = self._call("domains.update_record", domain, record_id, body=dict(body))
        return self._object(answer, "domain_record")

    def delete_domain_record(self, domain: str, record_id: int) -> bool:
        shown = Shown("record", str(record_id), lambda: has(self.domain_records(domain) or [], "id", record_id))
        return self._delete(shown, "domains.delete_record", domain, record_id)

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

    def project_resources(self, project: JsonObject) -> list[JsonObject] | None:
        """What is in the project, each with its urn; None when the project is gone."""
        shown = Shown("project", str(project.get("name")), lambda: has(self.projects(), "id", project["id"]))
        return self._content_pages(shown, "projects.list_resources", "resources", str(project["id"]))

    def assign_to_project(self, project_id: str, urns: list[str]) -> None:
        """Move resources into the project."""
        self._call("projects.assign_resources", project_id, body={"resources": urns})

    # What belongs to an object, and its deletion

    def _cluster(self, cluster_id: str) -> Shown:
        return Shown("cluster", cluster_id, lambda: self.is_cluster_listed(cluster_id))

    def _registry(self, name: str) -> Shown:
        return Shown("container registry", name, lambda: has(self.registries(), "name", name))

    def _domain(self, name: str) -> Shown:
        return Shown("domain", name, lambda: has(self.domains(), "name", name))

    def _content(self, cluster: JsonObject, asked: str, operation: str, keys: Sequence[str]) -> JsonObject | None:
        """The one answer that says what belongs to a cluster: it has at least one of these keys. None: it is gone."""
        with beginning_with(f"It could not be told {asked}, so it was left as it is."):
            answer = self._call(operation, str(cluster["id"]), missing_ok=True)
            if not answer.found:
                refuse_if_listed(self._cluster(str(cluster["id"])))
                return None
            body = answer.body or {}
            if not any(key in body for key in keys):
                raise self._without(answer, f"the list {' or '.join(keys)}")
            return body

    def _content_pages(self, owner: Shown, operation: str, key: str, *args: Any) -> list[JsonObject] | None:
        """The list of what belongs to an object. None: the object is gone."""
        with beginning_with(f"It could not be told what is in {owner}, so it was left as it is."):
            items = self._pages_if_found(operation, key, *args, missing_ok=True)
            if items is None:
                refuse_if_listed(owner)
            return items

    def _delete(self, shown: Shown, operation: str, *args: Any, **kwargs: Any) -> bool:
        """Delete it; False when it was gone already."""
        found = self._call(operation, *args, missing_ok=True, **kwargs).found
        if not found:
            refuse_if_still_listed(shown, self.transport.sleep)
        return found

    # Shapes

    def _call(self, operation: str, *args: Any, **kwargs: Any) -> Answer:
        return self.transport.call(operation, *args, **kwargs)

    def _without(self, answer: Answer, missing: str) -> UnreadableAnswerError:
        return UnreadableAnswerError(
            f"{self.transport.settings.api_url} answered {answer.status} without {missing}.",
            "Check that api_url is DigitalOcean's API.",
        )

    def _object(self, answer: Answer, key: str) -> JsonObject:
        found = (answer.body or {}).get(key)
        if not isinstance(found, dict):
            raise self._without(answer, f"the object {key}")
        return found

    def _items(self, answer: Answer, key: str) -> list[JsonObject]:
        body = answer.body or {}
        found = body.get(key)
        if found is None and key in body:
            found = []
        if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
            raise self._without(answer, f"the list {key}")
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
