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
    secret: the answer is a secret, so nothing of it is ever quoted
    repeatable: a POST whose second sending has no second effect
    """

    scopes: tuple[str, ...]
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    secret: bool = False
    repeatable: bool = False

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
    "account.get": _needs("account:read"),
    "domains.create": _needs("domain:create"),
    "domains.create_record": _needs("domain:create", "domain:update"),
    "domains.delete": _needs("domain:delete"),
    "domains.delete_record": _needs("domain:delete", "domain:update"),
    "domains.list": _needs("domain:read"),
    "domains.list_records": _needs("domain:read"),
    "domains.update_record": _needs("domain:update"),
    "droplets.list": _needs("droplet:read"),
    "kubernetes.add_node_pool": _needs("kubernetes:update", fields={"tags": TAGS}),
    "kubernetes.add_registries": _needs("kubernetes:create", "kubernetes:update", repeatable=True),
    "kubernetes.create_cluster": _needs(
        "kubernetes:create",
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
    "kubernetes.get_available_upgrades": _needs("kubernetes:read"),
    "kubernetes.get_cluster": _needs("kubernetes:read"),
    "kubernetes.get_credentials": _needs("kubernetes:access_cluster", secret=True),
    "kubernetes.list_associated_resources": _needs("kubernetes:read"),
    "kubernetes.list_clusters": _needs("kubernetes:read"),
    "kubernetes.list_options": _needs("kubernetes:read"),
    "kubernetes.remove_registries": _needs("kubernetes:update"),
    # tag:delete where tags are taken away, which the body does not show.
    "kubernetes.update_cluster": _needs("kubernetes:update", fields={"tags": (*TAGS, "tag:delete")}),
    "kubernetes.update_node_pool": _needs("kubernetes:update", fields={"tags": (*TAGS, "tag:delete")}),
    "kubernetes.upgrade_cluster": _needs("kubernetes:update"),
    "load_balancers.create": _needs("load_balancer:create"),
    "load_balancers.delete": _needs("load_balancer:delete"),
    "load_balancers.get": _needs("load_balancer:read"),
    "load_balancers.list": _needs("load_balancer:read"),
    "load_balancers.update": _needs("load_balancer:update"),
    "projects.assign_resources": _needs("project:assign_resource", repeatable=True),
    "projects.list": _needs("project:read"),
    "projects.list_resources": _needs("project:read"),
    "registries.create": _needs("registry:create"),
    "registries.delete": _needs("registry:delete"),
    "registries.get_docker_credentials": _needs("registry:read", "registry:update", secret=True),
    "registries.get_options": _needs("registry:read"),
    "registries.get_subscription": _needs("registry:read"),
    "registries.list": _needs("registry:read"),
    "registries.list_repositories_v2": _needs("registry:read"),
    "registries.update_subscription": _needs("registry:update", repeatable=True),
    "registries.validate_name": _needs("registry:create", repeatable=True),
    "sizes.list": _needs("sizes:read", "regions:read"),
    "vpcs.create": _needs("vpc:create"),
    "vpcs.delete": _needs("vpc:delete"),
    "vpcs.list": _needs("vpc:read"),
    "vpcs.list_members": _needs("vpc:read"),
    "vpcs.update": _needs("vpc:update"),
}
