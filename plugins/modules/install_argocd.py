#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: install_argocd
short_description: Install Argo CD from upstream's manifest
version_added: 0.1.0
description:
  - Gets Argo CD's C(install.yaml), ordinary or highly available, fits it to an installation and applies it
    server-side with the field manager C(slipway). Fields of others that the manifest declares are taken over.
  - Objects are put in a namespace, which is made, pods on the nodes of a pool, settings into Argo CD's ConfigMaps
    beside those that upstream ships.
  - An object that is as declared is read and not written.
  - What an earlier run applied and this one does not is removed; definitions of resources never are, because every
    application would go with them. ConfigMap C(slipway-argocd-inventory) remembers what was applied.
  - A change of O(command_params) starts the pods again, because Argo CD reads these settings only when it starts.
  - Does not wait until Argo CD runs.
options:
  kubeconfig:
    description: Kubeconfig of the cluster, with the rights of an administrator.
    type: path
    required: true
  kubeconfig_context:
    description: Context of O(kubeconfig). Its current one when omitted.
    type: str
  namespace:
    description: Namespace of Argo CD.
    type: str
    default: argocd
  manifest:
    description: Path or URL of the manifest. One that is not Argo CD's fails.
    type: str
    required: true
  manifest_sha256:
    description: SHA-256 of the manifest in hexadecimal. Another one is not applied.
    type: str
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
  download_timeout:
    description: Longest silence (seconds) while the manifest is downloaded.
    type: int
    default: 60
attributes:
  check_mode:
    description: Can run in check mode and say what it would change, without changing it.
    support: full
    details: Kubernetes itself says it, by a dry run. In a namespace that is not there it cannot, and only the number of
      objects is said.
  diff_mode:
    description: Returns what is changed.
    support: full
    details: Without secrets. Definitions of resources, thousands of lines, are shown by their SHA-256.
requirements:
  - kubernetes (Python library) >= 24.2.0
author:
  - Slipway contributors (@slipway-gitops)
seealso:
  - plugin: slipway.gitops.pool_placement
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Install Argo CD without Dex, on the tools pool
  slipway.gitops.install_argocd:
    kubeconfig: ~/.kube/hub.yaml
    manifest: https://raw.githubusercontent.com/argoproj/argo-cd/v3.5.7/manifests/install.yaml
    dex: false
    placement: "{{ slipway_pools | slipway.gitops.pool_placement('tools') }}"
    config: {url: https://argocd.example.com}
"""

RETURN = r"""
changes:
  description: What was changed, or would be in check mode, one sentence for each kind.
  returned: always
  type: list
  elements: str
  sample: ["apply ConfigMap argocd-cm", "remove Deployment argocd-dex-server"]
diff:
  description: The changed objects before and after, by kind and name.
  returned: success
  type: dict
  contains:
    before:
      description: Before; without those that were not there.
      type: dict
      returned: success
      sample: {"ConfigMap argocd-cm": {data: {url: "https://old.example.com"}}}
    after:
      description: After; without those that are removed.
      type: dict
      returned: success
      sample: {"ConfigMap argocd-cm": {data: {url: "https://argocd.example.com"}}}
installed:
  description: Whether Argo CD is there. In check mode, whether an earlier run had applied it.
  returned: success
  type: bool
  sample: true
workloads:
  description: The Deployments and StatefulSets, with what says how far their rollout is.
  returned: success
  type: list
  elements: dict
  sample:
    - {kind: Deployment, metadata: {name: argocd-server, generation: 1}, spec: {replicas: 1},
       status: {readyReplicas: 1}}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.installation import INSTALLATION_SPEC, install
from ansible_collections.slipway.gitops.plugins.module_utils._module import run_module
from ansible_collections.slipway.gitops.plugins.module_utils._outcome import Outcome


def bring_to_state(module: AnsibleModule) -> Outcome:
    return install(module.params, check=module.check_mode)


def main() -> None:
    run_module(INSTALLATION_SPEC, bring_to_state)


if __name__ == "__main__":
    main()
