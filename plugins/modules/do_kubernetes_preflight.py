#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: do_kubernetes_preflight
short_description: Check clusters against the DigitalOcean account before anything is made
version_added: 0.1.0
description:
  - Checks everything about all clusters of an inventory at once, with six calls that only read (one more when a cluster
    names a project), and fails with one message that lists every problem by cluster and field.
  - It checks the token and what it may read; that the account can make things; names, tags, labels, taints, times,
    durations and addresses by the grammars that DigitalOcean and Kubernetes publish; options that need another one;
    regions, sizes and where they are to be had; versions; projects; what cannot be changed on clusters that exist; the
    node pools; overlaps of address ranges among the clusters, with their VPCs and with what the account holds; and the
    limit of Droplets.
  - M(slipway.gitops.do_kubernetes_cluster) and M(slipway.gitops.do_vpc) refuse the same values in the same words, in
    check mode too.
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
          - Name or UUID of a VPC that must be there, or a dictionary with C(name), C(ip_range) and C(description) of
            one that will be made when it is not.
        type: raw
      cluster_subnet:
        description: Range of the pods.
        type: str
      service_subnet:
        description: Range of the Services.
        type: str
      worker_subnet_uuid:
        description: UUID of the subnet of the VPC that holds the nodes.
        type: str
      project:
        description: Name or id of a project that must be there.
        type: str
      tags:
        description: Tags of the cluster.
        type: list
        elements: str
      ha:
        description: Whether the control plane is highly available.
        type: bool
      auto_upgrade:
        description: Whether DigitalOcean installs patch releases in the maintenance window.
        type: bool
      surge_upgrade:
        description: Whether upgrades bring up new nodes before they take old ones away.
        type: bool
      isolated_workers:
        description: Whether nodes have no public address.
        type: bool
      maintenance_policy:
        description: When DigitalOcean may do maintenance.
        type: dict
        suboptions:
          day:
            description: Day of the week.
            type: str
            choices: [any, monday, tuesday, wednesday, thursday, friday, saturday, sunday]
          start_time:
            description: Start of the window, HH:MM in UTC.
            type: str
      control_plane_firewall:
        description: Who may reach the Kubernetes API.
        type: dict
        suboptions:
          enabled:
            description: Whether the firewall is on.
            type: bool
          allowed_addresses:
            description: IPv4 addresses and CIDRs that are let in.
            type: list
            elements: str
      cluster_autoscaler_configuration:
        description: How the cluster autoscaler works.
        type: dict
        suboptions:
          scale_down_utilization_threshold:
            description: A node that is used less than this share, from 0 to 1, may be taken away.
            type: float
          scale_down_unneeded_time:
            description: How long a node is not needed before it is taken away, such as V(1m0s).
            type: str
          expanders:
            description: How the pool to grow is chosen, in this order.
            type: list
            elements: str
            choices: [random, priority, least_waste]
      sso:
        description: Single sign-on to the cluster.
        type: dict
        suboptions:
          enabled:
            description: Whether it is on.
            type: bool
          required:
            description: Whether every other way in is refused.
            type: bool
          issuer_url:
            description: URL of the OIDC issuer.
            type: str
          client_id:
            description: OIDC client id.
            type: str
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
            clusters = module.params["clusters"]
            projects = any(cluster["project"] for cluster in clusters)
            report = check_inventory(clusters, fetch_account_facts(api, projects=projects))
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
