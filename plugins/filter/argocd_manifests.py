# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter slipway.gitops.argocd_manifests."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.slipway.gitops.plugins.plugin_utils._argocd_manifests import ManifestError, fit

DOCUMENTATION = r"""
name: argocd_manifests
short_description: Upstream's manifest of Argo CD, fitted to one installation
version_added: 0.1.0
description:
  - Turns the text of Argo CD's C(install.yaml), ordinary or highly available, into the list of objects to apply.
  - Objects are put in a namespace, pods on the nodes of a pool, settings into Argo CD's ConfigMaps beside those that
    upstream ships.
  - A change of O(command_params) starts the pods again, because Argo CD reads these settings only when it starts.
positional: _input
options:
  _input:
    description: The text of the manifest. One that is not Argo CD's fails.
    type: str
    required: true
  namespace:
    description: Namespace of Argo CD.
    type: str
    default: argocd
  placement:
    description: Node selector and tolerations of all pods, as P(slipway.gitops.pool_placement#filter) gives them.
    type: dict
    default: {}
  config:
    description: Keys of ConfigMap C(argocd-cm). Lists and dictionaries are written as YAML.
    type: dict
    default: {}
  command_params:
    description: Keys of ConfigMap C(argocd-cmd-params-cm).
    type: dict
    default: {}
  rbac:
    description: Keys of ConfigMap C(argocd-rbac-cm).
    type: dict
    default: {}
  resource_exclusions:
    description: Kinds of objects that Argo CD leaves alone, beside those of upstream's list.
    type: list
    elements: dict
    default: []
  dex:
    description: Whether Dex is installed.
    type: bool
    default: true
  controllers:
    description: Number of application controllers, which share the clusters among them.
    type: int
    default: 1
author:
  - Slipway contributors (@slipway-gitops)
seealso:
  - plugin: slipway.gitops.pool_placement
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Apply Argo CD without Dex, on the tools pool
  kubernetes.core.k8s:
    definition: >-
      {{ lookup('ansible.builtin.file', 'install.yaml')
         | slipway.gitops.argocd_manifests(dex=false, placement=tools) }}
    apply: true
    server_side_apply: {field_manager: example}
  vars:
    tools: "{{ slipway_pools | slipway.gitops.pool_placement('tools') }}"
"""

RETURN = r"""
_value:
  description: The objects, in upstream's order.
  type: list
  elements: dict
  sample:
    - {apiVersion: v1, kind: ServiceAccount, metadata: {name: argocd-server, namespace: argocd}}
"""


def argocd_manifests(
    text: str,
    *,
    namespace: str = "argocd",
    placement: Mapping[str, Any] | None = None,
    config: Mapping[str, Any] | None = None,
    command_params: Mapping[str, Any] | None = None,
    rbac: Mapping[str, Any] | None = None,
    resource_exclusions: Sequence[Mapping[str, Any]] = (),
    dex: bool = True,
    controllers: int = 1,
) -> list[dict[str, Any]]:
    try:
        return fit(
            text,
            namespace=namespace,
            placement=placement or {},
            config=config or {},
            command_params=command_params or {},
            rbac=rbac or {},
            resource_exclusions=resource_exclusions,
            dex=dex,
            controllers=controllers,
        )
    except ManifestError as error:
        raise AnsibleFilterError(f"The manifest of Argo CD cannot be used: {error}.") from error


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"argocd_manifests": argocd_manifests}
