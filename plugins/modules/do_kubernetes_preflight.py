#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: do_kubernetes_preflight
short_description: Check clusters against the DigitalOcean account before anything is made
version_added: 0.1.0
description:
  - Checks everything about all clusters of an inventory at once, with six calls that only read, and fails with one
    message that lists every problem by cluster and field.
  - It checks the token and what it may read; that the account can make things; names, regions, sizes and where they are
    to be had; versions; what cannot be changed on clusters that exist; the node pools; overlaps of address ranges
    among the clusters, with their VPCs and with what the account holds; and the limit of Droplets.
  - It also says what the nodes cost a month, and which version each cluster will run.
options:
  clusters:
    description: The clusters, with the options of M(slipway.gitops.do_kubernetes_cluster) that can be checked.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the cluster.
        type: str
        required: true
      region:
        description: Slug of the region.
        type: str
      version:
        description: A minor in quotes, a slug, or V(latest).
        type: str
      vpc:
        description:
          - Name or UUID of a VPC that must be there, or a dictionary with C(name) and C(ip_range) of one that will be
            made when it is not.
        type: raw
      cluster_subnet:
        description: Range of the pods.
        type: str
      service_subnet:
        description: Range of the Services.
        type: str
      ha:
        description: Whether the control plane is highly available.
        type: bool
      node_pools:
        description: The node pools, as M(slipway.gitops.do_kubernetes_cluster) takes them.
        type: list
        elements: dict
        suboptions:
          name:
            description: Name of the pool.
            type: str
            required: true
          size:
            description: Slug of the Droplet size.
            type: str
          count:
            description: Number of nodes.
            type: int
          auto_scale:
            description: Whether the cluster autoscaler decides on the number of nodes.
            type: bool
          min_nodes:
            description: Least number of nodes. The price counts these.
            type: int
          max_nodes:
            description: Greatest number of nodes. The greatest price counts these.
            type: int
          labels:
            description: Kubernetes labels of the nodes.
            type: dict
          taints:
            description: Kubernetes taints of the nodes.
            type: list
            elements: dict
            suboptions:
              key:
                description: Key of the taint.
                type: str
              value:
                description: Value of the taint.
                type: str
                default: ""
              effect:
                description: What happens to pods that do not tolerate it.
                type: str
                choices: [NoSchedule, PreferNoSchedule, NoExecute]
          tags:
            description: Tags of the pool's Droplets.
            type: list
            elements: str
author:
  - Slipway contributors (@slipway-gitops)
extends_documentation_fragment:
  - slipway.gitops.digitalocean
  - slipway.gitops.attributes.read_only
  - slipway.gitops.attributes.digitalocean_group
"""

EXAMPLES = r"""
- name: Check two clusters that share a VPC
  slipway.gitops.do_kubernetes_preflight:
    clusters:
      - name: dev
        region: ams3
        version: "1.36"
        vpc: {name: slipway-ams3, ip_range: 10.120.0.0/20}
        cluster_subnet: 10.131.0.0/17
        service_subnet: 10.131.128.0/19
        node_pools:
          - {name: base, size: s-2vcpu-4gb, count: 1}
      - name: prod
        region: ams3
        version: "1.36"
        vpc: {name: slipway-ams3, ip_range: 10.120.0.0/20}
        cluster_subnet: 10.132.0.0/17
        service_subnet: 10.132.128.0/19
        node_pools:
          - {name: base, size: s-2vcpu-4gb, auto_scale: true, min_nodes: 2, max_nodes: 5}
  register: preflight

- name: Say what it costs
  ansible.builtin.debug:
    msg: "${{ preflight.monthly_price }} a month"
"""

RETURN = r"""
problems:
  description: What keeps the clusters from being as asked, one sentence each. The module fails when there is one.
  returned: always
  type: list
  elements: str
  sample: ["cluster 'dev': region 'ams4' has no Kubernetes; near it: ams3"]
notes:
  description: What is worth knowing besides.
  returned: always
  type: list
  elements: str
  sample: []
clusters:
  description: By name, what each cluster will be.
  returned: always
  type: dict
  contains:
    exists:
      description: Whether the account has it already.
      type: bool
      returned: always
      sample: false
    version:
      description: The version it runs, or will run; null when that cannot be told.
      type: str
      returned: always
      sample: 1.36.3-do.0
    nodes:
      description: Least number of nodes.
      type: int
      returned: always
      sample: 1
    monthly_price:
      description: US dollars a month for the least number of nodes; null when a size has no known price.
      type: float
      returned: always
      sample: 24.0
    monthly_price_max:
      description: US dollars a month for the greatest number of nodes.
      type: float
      returned: always
      sample: 24.0
  sample: {dev: {exists: false, version: 1.36.3-do.0, nodes: 1, monthly_price: 24.0, monthly_price_max: 24.0}}
monthly_price:
  description: US dollars a month for the least number of nodes of all clusters together.
  returned: always
  type: float
  sample: 72.0
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.account_facts import fetch_account_facts
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.connection import (
    DIGITALOCEAN_SPEC,
    connect,
)
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.preflight import (
    PREFLIGHT_SPEC,
    check_inventory,
)
from ansible_collections.slipway.gitops.plugins.module_utils._errors import SlipwayError, numbered


def main() -> None:
    spec = PREFLIGHT_SPEC.merge(DIGITALOCEAN_SPEC)
    module = AnsibleModule(**spec.to_kwargs(), supports_check_mode=True)
    try:
        with connect(module.params) as api:
            report = check_inventory(module.params["clusters"], fetch_account_facts(api))
    except SlipwayError as error:
        module.fail_json(**error.as_result())
    result = {
        "problems": report.problems,
        "notes": report.notes,
        "clusters": report.clusters,
        "monthly_price": report.monthly_price,
    }
    if report.problems:
        heading = "The clusters cannot be made as asked; nothing was touched"
        module.fail_json(msg=numbered(heading, report.problems), **result)
    module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
