# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Every operation of the API that is called, by pydo's name of it: what a token needs for it, and what is special.

Source: the API's OpenAPI description (security of each operation, descriptions of fields), which a test compares.
Where it lists alternatives, all of them are here: it has not been seen which of them is enough.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

TAGS = ("tag:read", "tag:create")
# What assigning a resource needs beside project:assign_resource, by the beginning of its URN.
RESOURCE_SCOPES = {"do:kubernetes:": "kubernetes:read", "do:loadbalancer:": "load_balancer:read"}


@dataclass(frozen=True)
class Operation:
    """One operation.

    scopes: what a token needs for it, always
    fields: field of the body (a.b: of what is in a) -> what a token needs beside that when it is sent with a value
    gives, gives_list: key of the object or list that every success holds, "" for none
    secret: the answer is a secret, so nothing of it is ever quoted
    repeatable: a POST whose second sending has no second effect
    makes_another: a GET whose second sending makes a second one of what it gives
    """

    scopes: tuple[str, ...]
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    gives: str = ""
    gives_list: str = ""
    secret: bool = False
    repeatable: bool = False
    makes_another: bool = False

    def lacks(self, body: Any) -> str:
        """What a success should hold and does not, for people; "" when all is there. Lists may be null."""
        there: Any = body if isinstance(body, Mapping) else {}
        if self.gives and not isinstance(there.get(self.gives), Mapping):
            return f"the object {self.gives}"
        if self.gives_list:
            items = there.get(self.gives_list, "nothing")
            if not (items is None or (isinstance(items, list) and all(isinstance(item, Mapping) for item in items))):
                return f"the list {self.gives_list}"
        return ""

    def needs(self, body: Any = None) -> str:
        """The scopes that a call with this body needs, for people."""
        found = list(self.scopes)
        for name, scopes in self.fields.items():
            if _is_sent(body, name):
                found += scopes
        for urn in body.get("resources") or [] if isinstance(body, Mapping) else []:
            found += [scope for start, scope in RESOURCE_SCOPES.items() if str(urn).startswith(start)]
        return ", ".join(dict.fromkeys(found))


def _is_sent(body: Any, name: str) -> bool:
    if isinstance(body, list):
        return any(_is_sent(item, name) for item in body)
    head, _dot, rest = name.partition(".")
    value = body.get(head) if isinstance(body, Mapping) else None
    return _is_sent(value, rest) if rest else bool(value)


def _needs(*scopes: str, **more: Any) -> Operation:
    return Operation(scopes, **more)


OPERATIONS: dict[str, Operation] = {
    "account.get": _needs("account:read", gives="account"),
    "domains.create": _needs("domain:create", gives="domain"),
    "domains.create_record": _needs("domain:create", "domain:update", gives="domain_record"),
    "domains.delete": _needs("domain:delete"),
    "domains.delete_record": _needs("domain:delete", "domain:update"),
    "domains.list": _needs("domain:read", gives_list="domains"),
    "domains.list_records": _needs("domain:read", gives_list="domain_records"),
    "domains.update_record": _needs("domain:update", gives="domain_record"),
    "droplets.list": _needs("droplet:read", gives_list="droplets"),
    "kubernetes.add_node_pool": _needs("kubernetes:update", gives="node_pool", fields={"tags": TAGS}),
    "kubernetes.add_registries": _needs("kubernetes:create", "kubernetes:update", repeatable=True),
    "kubernetes.create_cluster": _needs(
        "kubernetes:create",
        gives="kubernetes_cluster",
        fields={
            "tags": TAGS,
            "node_pools.tags": TAGS,
            "vpc_uuid": ("vpc:read",),
            "worker_subnet_uuid": ("vpc:read",),
        },
    ),
    "kubernetes.delete_cluster": _needs("kubernetes:delete"),
    "kubernetes.delete_node_pool": _needs("kubernetes:update"),
    "kubernetes.destroy_associated_resources_dangerous": _needs("kubernetes:delete"),
    "kubernetes.destroy_associated_resources_selective": _needs("kubernetes:delete"),
    "kubernetes.get_available_upgrades": _needs("kubernetes:read", gives_list="available_upgrade_versions"),
    "kubernetes.get_cluster": _needs("kubernetes:read", gives="kubernetes_cluster"),
    "kubernetes.get_credentials": _needs("kubernetes:access_cluster", secret=True, makes_another=True),
    "kubernetes.list_associated_resources": _needs("kubernetes:read"),
    "kubernetes.list_clusters": _needs("kubernetes:read", gives_list="kubernetes_clusters"),
    "kubernetes.list_options": _needs("kubernetes:read", gives="options"),
    "kubernetes.remove_registries": _needs("kubernetes:update"),
    # tag:delete where tags are taken away, which the body does not show.
    "kubernetes.update_cluster": _needs(
        "kubernetes:update", gives="kubernetes_cluster", fields={"tags": (*TAGS, "tag:delete")}
    ),
    "kubernetes.update_node_pool": _needs(
        "kubernetes:update", gives="node_pool", fields={"tags": (*TAGS, "tag:delete")}
    ),
    "kubernetes.upgrade_cluster": _needs("kubernetes:update"),
    "load_balancers.create": _needs("load_balancer:create", gives="load_balancer"),
    "load_balancers.delete": _needs("load_balancer:delete"),
    "load_balancers.get": _needs("load_balancer:read", gives="load_balancer"),
    "load_balancers.list": _needs("load_balancer:read", gives_list="load_balancers"),
    "load_balancers.update": _needs("load_balancer:update", gives="load_balancer"),
    "projects.assign_resources": _needs("project:assign_resource", gives_list="resources", repeatable=True),
    "projects.list": _needs("project:read", gives_list="projects"),
    "projects.list_resources": _needs("project:read", gives_list="resources"),
    "registries.create": _needs("registry:create", gives="registry"),
    "registries.delete": _needs("registry:delete"),
    "registries.get_docker_credentials": _needs("registry:read", "registry:update", secret=True, makes_another=True),
    "registries.get_options": _needs("registry:read", gives="options"),
    "registries.get_subscription": _needs("registry:read", gives="subscription"),
    "registries.list": _needs("registry:read", gives_list="registries"),
    "registries.list_repositories_v2": _needs("registry:read", gives_list="repositories"),
    "registries.update_subscription": _needs("registry:update", gives="subscription", repeatable=True),
    "registries.validate_name": _needs("registry:create", repeatable=True),
    "sizes.list": _needs("sizes:read", "regions:read", gives_list="sizes"),
    "vpcs.create": _needs("vpc:create", gives="vpc"),
    "vpcs.delete": _needs("vpc:delete"),
    "vpcs.list": _needs("vpc:read", gives_list="vpcs"),
    "vpcs.list_members": _needs("vpc:read", gives_list="members"),
    "vpcs.update": _needs("vpc:update", gives="vpc"),
}
