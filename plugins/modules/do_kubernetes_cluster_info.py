#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: do_kubernetes_cluster_info
short_description: List DOKS clusters
version_added: 0.1.0
description:
  - Lists the Kubernetes clusters of the account that match every given filter; without filters all of them. No match
    is an empty list.
options:
  name:
    description: Only clusters with exactly this name.
    type: str
  id:
    description: Only the cluster with this UUID.
    type: str
  tag:
    description: Only clusters with this tag, in upper or lower case.
    type: str
  region:
    description: Only clusters in the region with this slug.
    type: str
author:
  - Slipway contributors (@slipway-gitops)
extends_documentation_fragment:
  - slipway.gitops.digitalocean
  - slipway.gitops.attributes.read_only
  - slipway.gitops.attributes.digitalocean_group
"""

EXAMPLES = r"""
- name: The clusters of one environment
  slipway.gitops.do_kubernetes_cluster_info:
    tag: dev
  register: found

- name: Show what they run
  ansible.builtin.debug:
    msg: "{{ found.clusters | items2dict(key_name='name', value_name='version') }}"
"""

RETURN = r"""
clusters:
  description: The clusters with their node pools and nodes as the API shows them, by name. They hold no credentials.
  returned: success
  type: list
  elements: dict
  sample:
    - id: bd5f5959-5e1e-4205-a714-a914373942af
      name: dev
      region: ams3
      version: 1.36.3-do.0
      endpoint: https://bd5f5959-5e1e-4205-a714-a914373942af.k8s.ondigitalocean.com
      status: {state: running}
      tags: [k8s, dev]
      node_pools:
        - {name: base, size: s-2vcpu-4gb, count: 1}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.slipway.gitops.plugins.module_utils._argument_spec import ArgumentSpec
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.connection import (
    DIGITALOCEAN_SPEC,
    connect,
)
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.matching import matching
from ansible_collections.slipway.gitops.plugins.module_utils._errors import SlipwayError

FILTERS = ("name", "id", "tag", "region")


def main() -> None:
    spec = ArgumentSpec(options={name: {"type": "str"} for name in FILTERS}).merge(DIGITALOCEAN_SPEC)
    module = AnsibleModule(**spec.to_kwargs(), supports_check_mode=True)
    try:
        with connect(module.params) as api:
            clusters = matching(api.clusters(), {name: module.params[name] for name in FILTERS})
    except SlipwayError as error:
        module.fail_json(**error.as_result())
    module.exit_json(changed=False, clusters=clusters)


if __name__ == "__main__":
    main()
