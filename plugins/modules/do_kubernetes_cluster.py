#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: do_kubernetes_cluster
short_description: Create, change, upgrade or remove a DOKS cluster with its node pools
version_added: 0.1.0
description:
  - Brings a Kubernetes cluster of DigitalOcean and its node pools to what is declared. The cluster is found by its
    exact name; two clusters of that name fail the task.
  - What is not declared is left as it is. Of the dictionaries only the keys that are written are owned; lists of tags,
    taints and addresses, and the map of labels, are owned as a whole when they are written.
  - What cannot be changed on an existing cluster (region, VPC, subnets, the size of a pool) fails before anything is
    touched, naming both values and the way out.
  - What an aborted run left half done is waited for and completed. A creation whose answer got lost is looked for and
    never asked for twice.
options:
  state:
    description:
      - V(present) creates the cluster, or changes and upgrades it.
      - V(absent) removes it with its nodes. What it would leave behind is decided by O(associated_resources).
    type: str
    choices: [present, absent]
    default: present
  name:
    description: Name of the cluster.
    type: str
    required: true
  region:
    description: Slug of the region, such as V(ams3). Required to create a cluster; cannot be changed.
    type: str
  version:
    description:
      - Kubernetes version. Required to create a cluster.
      - A minor such as V("1.36") means its newest patch when the cluster is made or upgraded, and is satisfied by every
        patch of it, also after an automatic upgrade. Write it in quotes, since YAML reads 1.30 as the number 1.3.
      - A slug such as V("1.36.3-do.0") is exact. V(latest) follows the newest version on offer, at one more call.
      - When the cluster runs an older version it is upgraded, one minor after the other where DigitalOcean asks for
        that. Clusters cannot be downgraded, which fails.
    type: str
  vpc:
    description: Name or UUID of the VPC. If omitted DigitalOcean uses the region's default. It cannot be changed.
    type: str
  cluster_subnet:
    description: Range of the pods, a CIDR. It cannot be changed.
    type: str
  service_subnet:
    description: Range of the Services, a CIDR. It cannot be changed.
    type: str
  worker_subnet_uuid:
    description: UUID of the subnet of the VPC that holds the nodes; needs O(vpc). It cannot be changed.
    type: str
  tags:
    description: Tags of the cluster. Those that DOKS puts on by itself (C(k8s), C(k8s:<id>)) are left out of account.
    type: list
    elements: str
  node_pools:
    description:
      - The node pools, by their names. At least one is required to create a cluster.
      - A pool of another name in the cluster is left alone with a warning, unless O(purge_node_pools=true).
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the pool, unique in the cluster.
        type: str
        required: true
      size:
        description: Slug of the Droplet size, such as V(s-2vcpu-4gb). Required for a new pool; cannot be changed.
        type: str
      count:
        description:
          - Number of nodes. Required for a new pool without O(node_pools[].auto_scale).
          - With O(node_pools[].auto_scale=true) it is the number to start with, and the autoscaler's after that.
        type: int
      auto_scale:
        description: Whether the cluster autoscaler decides on the number of nodes.
        type: bool
      min_nodes:
        description: Least number of nodes with O(node_pools[].auto_scale=true).
        type: int
      max_nodes:
        description: Greatest number of nodes with O(node_pools[].auto_scale=true).
        type: int
      labels:
        description:
          - Kubernetes labels of the nodes, exactly these, besides DOKS's own.
          - DigitalOcean does not take a removed label off nodes that exist already.
        type: dict
      taints:
        description: Kubernetes taints of the nodes, exactly these.
        type: list
        elements: dict
        suboptions:
          key:
            description: Key of the taint.
            type: str
            required: true
          value:
            description: Value of the taint.
            type: str
            default: ""
          effect:
            description: What happens to pods that do not tolerate it.
            type: str
            choices: [NoSchedule, PreferNoSchedule, NoExecute]
            required: true
      tags:
        description: Tags of the pool's Droplets, exactly these, besides DOKS's own.
        type: list
        elements: str
  purge_node_pools:
    description: Whether pools of the cluster that O(node_pools) does not name are removed, with their nodes.
    type: bool
    default: false
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
  auto_upgrade:
    description: Whether DigitalOcean installs patch releases in the maintenance window.
    type: bool
  surge_upgrade:
    description: Whether upgrades bring up new nodes before they take old ones away.
    type: bool
  ha:
    description:
      - Whether the control plane is highly available, at a price. It cannot be turned off again.
      - If omitted DigitalOcean decides at creation; it is on from Kubernetes 1.36.
    type: bool
  isolated_workers:
    description: Whether nodes have no public address; needs a NAT gateway in the VPC. It cannot be changed.
    type: bool
  control_plane_firewall:
    description: Who may reach the Kubernetes API. DigitalOcean offers it by invitation.
    type: dict
    suboptions:
      enabled:
        description: Whether the firewall is on.
        type: bool
      allowed_addresses:
        description: IPv4 addresses and CIDRs that are let in, exactly these. Include the one that Ansible comes from.
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
        description: How the pool to grow is chosen, in this order. An empty list brings back the default.
        type: list
        elements: str
        choices: [random, priority, least_waste]
  amd_gpu_device_metrics_exporter_plugin:
    description: The metrics exporter for AMD GPUs.
    type: dict
    suboptions: &toggle
      enabled:
        description: Whether the component is on.
        type: bool
        required: true
  amd_gpu_device_plugin:
    description: The device plugin for AMD GPUs.
    type: dict
    suboptions: *toggle
  coredns_autoscaler:
    description: The proportional autoscaler of CoreDNS.
    type: dict
    suboptions: *toggle
  nvidia_gpu_device_plugin:
    description: The device plugin for Nvidia GPUs.
    type: dict
    suboptions: *toggle
  p2p_oci_registry_plugin:
    description: The peer-to-peer OCI registry.
    type: dict
    suboptions: *toggle
  rdma_shared_dev_plugin:
    description: The shared RDMA device plugin.
    type: dict
    suboptions: *toggle
  routing_agent:
    description: The routing agent.
    type: dict
    suboptions: *toggle
  sso:
    description: Single sign-on to the cluster.
    type: dict
    suboptions:
      enabled:
        description: Whether it is on. The others are required then.
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
  project:
    description: Name or id of the project the cluster shall be in. If omitted it stays where it is.
    type: str
  associated_resources:
    description:
      - What O(state=absent) does with the load balancers, volumes and volume snapshots that the cluster made.
      - V(keep) leaves them, with a warning that names them, for they go on costing.
      - V(destroy) removes them with the data in them.
      - A list of kinds (V(load_balancers), V(volumes), V(volume_snapshots)) removes all of these kinds.
      - A dictionary of kinds to names or ids removes exactly those; V(all) stands for every one of a kind.
    type: raw
    default: keep
  wait_timeout:
    description: Longest time to wait in all, in seconds.
    type: int
    default: 1800
author:
  - Slipway contributors (@slipway-gitops)
extends_documentation_fragment:
  - slipway.gitops.digitalocean
  - slipway.gitops.wait
  - slipway.gitops.attributes
  - slipway.gitops.attributes.digitalocean_group
  - slipway.gitops.attributes.waiting
"""

EXAMPLES = r"""
- name: A cluster with a pool for everything and a pool for workloads made for it
  slipway.gitops.do_kubernetes_cluster:
    name: dev
    region: ams3
    version: "1.36"
    vpc: slipway-ams3
    ha: false
    tags: [slipway, dev]
    node_pools:
      - name: base
        size: s-2vcpu-4gb
        count: 1
      - name: workloads
        size: s-2vcpu-4gb
        auto_scale: true
        min_nodes: 1
        max_nodes: 3
        labels:
          tier: apps
        taints:
          - key: workloads
            value: "true"
            effect: NoSchedule
    maintenance_policy:
      day: sunday
      start_time: "03:00"

- name: Only let the office in; everything else of the cluster stays as it is
  slipway.gitops.do_kubernetes_cluster:
    name: dev
    control_plane_firewall:
      enabled: true
      allowed_addresses: [203.0.113.0/24]

- name: Remove the cluster and its load balancers, and keep its volumes
  slipway.gitops.do_kubernetes_cluster:
    name: dev
    state: absent
    associated_resources: [load_balancers]
"""

RETURN = r"""
cluster:
  description:
    - The cluster with its node pools and nodes as the API shows it; null when there is none. In check mode it is what
      it would be, without what only DigitalOcean knows, such as the id of a new one.
    - It holds no credentials; see M(slipway.gitops.do_kubernetes_kubeconfig).
  returned: success
  type: dict
  sample:
    id: bd5f5959-5e1e-4205-a714-a914373942af
    name: dev
    region: ams3
    version: 1.36.3-do.0
    endpoint: https://bd5f5959-5e1e-4205-a714-a914373942af.k8s.ondigitalocean.com
    status: {state: running}
    vpc_uuid: 5a4981aa-9653-4bd1-bef5-d6bff52042e4
    tags: [k8s, dev, slipway]
    node_pools:
      - id: cdda885e-7663-40c8-bc74-3a036c66545d
        name: base
        size: s-2vcpu-4gb
        count: 1
        nodes:
          - {id: 478247f8-b1bb-4f7a-8db9-2a5f8d4b8f8f, name: base-adoring, status: {state: running}}
changes:
  description: What was changed, or would be in check mode, one sentence each. On failure, what had been done before.
  returned: always
  type: list
  elements: str
  sample: ["node pool base: count 1 -> 2"]
destroyed:
  description: The load balancers, volumes and snapshots that were removed with the cluster.
  returned: O(state=absent)
  type: list
  elements: str
  sample: ["load balancer web (4de7ac8b-495b-4884-9a69-1050c6793cd6)"]
kept:
  description: The load balancers, volumes and snapshots that the cluster left behind.
  returned: O(state=absent)
  type: list
  elements: str
  sample: ["volume data (ba49449a-7435-11ea-b89e-0a58ac14480f)"]
diff:
  description: The declared values before and after.
  returned: success
  type: dict
  contains:
    before:
      description: Values before; empty when the cluster did not exist.
      type: dict
      returned: success
      sample: {node_pools: {base: {size: s-2vcpu-4gb, count: 1}}}
    after:
      description: Values after; empty when it does not exist any more.
      type: dict
      returned: success
      sample: {node_pools: {base: {size: s-2vcpu-4gb, count: 2}}}
"""

from ansible_collections.slipway.gitops.plugins.module_utils._argument_spec import wait_spec
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.cluster_fields import CLUSTER_SPEC
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.kubernetes_cluster import KubernetesCluster
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.module import run_resource


def main() -> None:
    run_resource(CLUSTER_SPEC.merge(wait_spec(1800)), KubernetesCluster)


if __name__ == "__main__":
    main()
