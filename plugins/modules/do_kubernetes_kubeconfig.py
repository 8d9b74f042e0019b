#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: do_kubernetes_kubeconfig
short_description: Keep a kubeconfig for a DOKS cluster that is valid for long enough
version_added: 0.1.0
description:
  - Writes a kubeconfig with a token of its own for a Kubernetes cluster of DigitalOcean, readable by its owner only.
  - A file that is there is used again while it is for the same cluster and endpoint and its token is valid for longer
    than O(renew_before). So few tokens are made, each of which stays valid until it runs out.
  - The token is never returned. A file that this module did not write is never changed or removed.
options:
  state:
    description: V(absent) removes the file, which needs neither the cluster nor a token of the account.
    type: str
    choices: [present, absent]
    default: present
  name:
    description: Name or UUID of the cluster.
    type: str
    required: true
  path:
    description: Path of the file. Its folder is made when it is not there.
    type: path
    required: true
  expiry_seconds:
    description: How long a new token is valid, in seconds.
    type: int
    default: 86400
  renew_before:
    description:
      - A token that is valid for fewer seconds than this is replaced.
      - If omitted a quarter of O(expiry_seconds).
    type: int
author:
  - Slipway contributors (@slipway-gitops)
extends_documentation_fragment:
  - slipway.gitops.digitalocean
  - slipway.gitops.attributes
  - slipway.gitops.attributes.digitalocean_group
"""

EXAMPLES = r"""
- name: A kubeconfig that is good for an hour at least
  slipway.gitops.do_kubernetes_kubeconfig:
    name: dev
    path: ~/.kube/slipway/dev.yaml
    renew_before: 3600
  register: kubeconfig

- name: Use it
  kubernetes.core.k8s_info:
    kubeconfig: "{{ kubeconfig.path }}"
    kind: Node

- name: Remove it
  slipway.gitops.do_kubernetes_kubeconfig:
    name: dev
    path: ~/.kube/slipway/dev.yaml
    state: absent
"""

RETURN = r"""
path:
  description: The file.
  returned: success
  type: str
  sample: /root/.kube/slipway/dev.yaml
context:
  description: The context in it, as doctl would name it. Null without a cluster.
  returned: success
  type: str
  sample: do-ams3-dev
endpoint:
  description: URL of the Kubernetes API. Null without a cluster.
  returned: success
  type: str
  sample: https://bd5f5959-5e1e-4205-a714-a914373942af.k8s.ondigitalocean.com
expires_at:
  description: When the token runs out. Null in check mode when a new one would be made, and when the file is absent.
  returned: success
  type: str
  sample: "2026-11-21T19:20:47Z"
changes:
  description: What was changed, or would be in check mode, one sentence each.
  returned: always
  type: list
  elements: str
  sample: ["write kubeconfig /root/.kube/slipway/dev.yaml for cluster dev: its token expires soon"]
diff:
  description: Path, context, endpoint and mode of the file before and after. Never its content.
  returned: success
  type: dict
  contains:
    before:
      description: Before; empty without a file.
      type: dict
      returned: success
      sample: {}
    after:
      description: After; empty without a file.
      type: dict
      returned: success
      sample: {path: /root/.kube/slipway/dev.yaml, context: do-ams3-dev, mode: "0600"}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.connection import DIGITALOCEAN_SPEC, connect
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.kubeconfig_file import (
    KUBECONFIG_SPEC,
    KubeconfigFile,
)
from ansible_collections.slipway.gitops.plugins.module_utils._module import run_module
from ansible_collections.slipway.gitops.plugins.module_utils._outcome import Outcome


def bring_to_state(module: AnsibleModule) -> Outcome:
    file = KubeconfigFile(module.params, check_mode=module.check_mode)
    if module.params["state"] == "absent":
        return file.absent()
    with connect(module.params) as api:
        return file.present(api)


def main() -> None:
    run_module(KUBECONFIG_SPEC.merge(DIGITALOCEAN_SPEC), bring_to_state)


if __name__ == "__main__":
    main()
