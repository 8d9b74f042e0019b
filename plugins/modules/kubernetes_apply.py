#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: kubernetes_apply
short_description: Apply objects to a cluster, and write nothing where they are so already
version_added: 0.1.0
description:
  - Applies objects server-side with the field manager C(slipway). Fields of others that are declared are taken over;
    fields that were declared by an earlier run and are not any more are removed; all others stay.
  - An object that is as declared is read and not written. M(kubernetes.core.k8s) sends a PATCH each time, to find out
    that there was nothing to do.
  - The first object that fails ends the task, which says what was written before it.
options:
  kubeconfig:
    description: Kubeconfig of the cluster.
    type: path
    required: true
  kubeconfig_context:
    description: Context of O(kubeconfig). Its current one when omitted.
    type: str
  objects:
    description:
      - The objects, in the order in which they are applied. Each has C(apiVersion), C(kind) and C(metadata.name), and
        C(metadata.namespace) where its kind has namespaces.
      - Without a label, or anything else that can be owned, Kubernetes notes no field manager, and the object is
        written each time.
    type: list
    elements: dict
    required: true
attributes:
  check_mode:
    description: Can run in check mode and say what it would change, without changing it.
    support: full
    details: Kubernetes itself says it, by a dry run. In a namespace, or of a kind, that is not there it cannot, and the
      task fails.
  diff_mode:
    description: Returns what is changed.
    support: full
    details: Without the values of Secrets. Use C(no_log) for tasks that have such values all the same.
requirements:
  - kubernetes (Python library) >= 24.2.0
author:
  - Slipway contributors (@slipway-gitops)
seealso:
  - module: kubernetes.core.k8s
"""

EXAMPLES = r"""
- name: A service account
  slipway.gitops.kubernetes_apply:
    kubeconfig: ~/.kube/dev.yaml
    objects:
      - apiVersion: v1
        kind: ServiceAccount
        metadata:
          name: deployer
          namespace: ci
          labels: {app.kubernetes.io/part-of: ci}
"""

RETURN = r"""
changes:
  description: What was changed, or would be in check mode, one sentence for each kind.
  returned: always
  type: list
  elements: str
  sample: ["apply ClusterRole viewer, editor"]
diff:
  description: The changed objects before and after, by kind and name.
  returned: success
  type: dict
  contains:
    before:
      description: Before; without those that were not there.
      type: dict
      returned: success
      sample: {}
    after:
      description: After.
      type: dict
      returned: success
      sample: {"ConfigMap settings": {data: {color: blue}}}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.slipway.gitops.plugins.module_utils._kubernetes.apply import APPLY_SPEC, apply_declared
from ansible_collections.slipway.gitops.plugins.module_utils._module import run_module
from ansible_collections.slipway.gitops.plugins.module_utils._outcome import Outcome


def bring_to_state(module: AnsibleModule) -> Outcome:
    return apply_declared(module.params, check=module.check_mode)


def main() -> None:
    run_module(APPLY_SPEC, bring_to_state)


if __name__ == "__main__":
    main()
