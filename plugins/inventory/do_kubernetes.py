# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Inventory plugin slipway.gitops.do_kubernetes."""

from __future__ import annotations

DOCUMENTATION = r"""
name: do_kubernetes
short_description: DOKS clusters as inventory hosts
version_added: 0.1.0
description:
  - Lists the Kubernetes clusters of a DigitalOcean account; each becomes a host of its name.
  - Clusters are grouped by tag (C(do_tag_<tag>)), region (C(do_region_<region>)) and minor version
    (C(do_version_<minor>)), and all are in O(group).
  - What a cluster is comes as host variables C(do_*), such as C(do_id), C(do_region), C(do_version),
    C(do_version_minor), C(do_endpoint), C(do_state), C(do_tags), C(do_vpc_uuid), C(do_node_pools) and C(do_context).
  - The name of the file ends in C(do_kubernetes.yml) or C(do_kubernetes.yaml).
extends_documentation_fragment:
  - slipway.gitops.digitalocean.plugin
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
options:
  plugin:
    description: Marks the file as one for this plugin.
    type: str
    required: true
    choices: [slipway.gitops.do_kubernetes]
  filters:
    description: Take only clusters that match all of these.
    type: dict
    default: {}
    suboptions:
      tag:
        description: Clusters with this tag.
        type: str
      region:
        description: Clusters in this region.
        type: str
      name:
        description: The cluster of this name.
        type: str
  group:
    description: Name of the group that holds all clusters.
    type: str
    default: do_clusters
author:
  - Slipway contributors (@slipway-gitops)
"""

EXAMPLES = r"""
# dev.do_kubernetes.yml: the clusters with the tag dev, run from here
plugin: slipway.gitops.do_kubernetes
filters:
  tag: dev
compose:
  ansible_connection: "'local'"
  ansible_python_interpreter: ansible_playbook_python
keyed_groups:
  - key: do_vpc_uuid
    prefix: vpc
"""

from collections.abc import Iterable
from typing import Any

from ansible.errors import AnsibleParserError
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.canonical import is_service_tag
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.cluster_state import is_leaving, state_of
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.connection import connect
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.matching import matching
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.versions import minor
from ansible_collections.slipway.gitops.plugins.module_utils._errors import SlipwayError


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):  # type: ignore[misc]
    NAME = "slipway.gitops.do_kubernetes"

    def verify_file(self, path: str) -> bool:
        """Whether the file is meant for this plugin, by its name."""
        named = path.endswith(("do_kubernetes.yml", "do_kubernetes.yaml"))
        return bool(super().verify_file(path)) and named

    def parse(self, inventory: InventoryData, loader: DataLoader, path: str, cache: bool = True) -> None:
        """Add the clusters to the inventory. Raises AnsibleParserError when they cannot be listed."""
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        clusters = self._cached_clusters(path, cache)
        filters = self.get_option("filters") or {}
        unknown = sorted(set(filters) - {"tag", "region", "name"})
        if unknown:
            raise AnsibleParserError(f"{path}: filters has the unknown key {unknown[0]!r}; use tag, region or name.")
        for cluster in matching(clusters, filters):
            if not is_leaving(cluster):
                self._add(cluster)

    def _cached_clusters(self, path: str, cache: bool) -> list[dict[str, Any]]:
        key = self.get_cache_key(path)
        use_cache = bool(self.get_option("cache")) and cache
        if use_cache:
            try:
                return list(self._cache[key])
            except KeyError:
                pass  # nothing cached yet, or too old
        clusters = self._fetch(path)
        if self.get_option("cache"):
            self._cache[key] = clusters
        return clusters

    def _fetch(self, path: str) -> list[dict[str, Any]]:
        names = ("token", "api_url", "ca_cert", "api_timeout")
        try:
            with connect({name: self.get_option(name) for name in names}) as api:
                return api.clusters()
        except SlipwayError as error:
            raise AnsibleParserError(f"{path}: {error}") from error

    def _add(self, cluster: dict[str, Any]) -> None:
        host = str(cluster["name"])
        known = self.inventory.hosts.get(host)
        other_id = known.vars.get("do_id") if known else None
        if other_id not in (None, cluster["id"]):
            raise AnsibleParserError(
                f"Two clusters are named {host!r}: {other_id} and {cluster['id']}. "
                "Rename or remove one, or leave it out with filters."
            )
        self.inventory.add_host(host)
        variables = host_variables(cluster)
        for name, value in variables.items():
            self.inventory.set_variable(host, name, value)
        for group in self._groups(variables):
            self.inventory.add_child(self.inventory.add_group(group), host)
        strict = self.get_option("strict")
        self._set_composite_vars(self.get_option("compose"), variables, host, strict=strict)
        self._add_host_to_composed_groups(self.get_option("groups"), variables, host, strict=strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, host, strict=strict)

    def _groups(self, variables: dict[str, Any]) -> Iterable[str]:
        yield str(self.get_option("group"))
        yield str(self._sanitize_group_name(f"do_region_{variables['do_region']}"))
        yield str(self._sanitize_group_name(f"do_version_{variables['do_version_minor']}"))
        for tag in variables["do_tags"]:
            yield str(self._sanitize_group_name(f"do_tag_{tag}"))


def host_variables(cluster: dict[str, Any]) -> dict[str, Any]:
    """The host variables of a cluster: every field of the API's object as do_<field>, and some made from them.
    The API's object holds no credentials."""
    variables = {f"do_{key}": value for key, value in cluster.items() if key not in {"name", "status", "tags"}}
    version = str(cluster.get("version") or "")
    return {
        **variables,
        "do_name": cluster.get("name"),
        "do_state": state_of(cluster),
        "do_tags": [tag for tag in cluster.get("tags") or [] if not is_service_tag(str(tag).lower())],
        "do_version": version,
        "do_version_minor": minor(version),
        "do_region": cluster.get("region"),
        "do_context": f"do-{cluster.get('region')}-{cluster.get('name')}",
    }
