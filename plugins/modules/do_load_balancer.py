#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: do_load_balancer
short_description: Create, change or remove a load balancer of DigitalOcean
version_added: 0.1.0
description:
  - Brings a load balancer to what is declared, and waits until it has its address.
  - What is not declared is left as it is, although the API resets what an update does not say. This includes the tags
    of the load balancer, its Droplets and its project.
  - Region, VPC, type and network of an existing load balancer cannot be changed, which fails.
  - A load balancer that the cloud controller of a Kubernetes cluster has taken over (it has the tag C(k8s:) and the
    cluster's id) is the controller's. The controller writes it from its Service and undoes all other changes. So only
    O(project) is changed on it; what else differs is listed in RV(left_to_cluster).
options:
  state:
    description:
      - V(present) creates the load balancer or changes what differs.
      - V(absent) removes it, and its address is lost. O(in_use) says what happens to one that a cluster uses.
    type: str
    choices: [present, absent]
    default: present
  name:
    description:
      - Name of the load balancer, unique in the account. It is found by it, unless O(id) is given.
      - A cloud controller renames the load balancer it takes over, unless the Service has the annotation
        C(service.beta.kubernetes.io/do-loadbalancer-name) with this name.
    type: str
  id:
    description: UUID of an existing load balancer, to find it whatever its name is. O(name) is then what it shall be.
    type: str
  region:
    description: Slug of the region, such as V(ams3). Required to create one that is not V(GLOBAL); cannot be changed.
    type: str
  vpc:
    description:
      - Name or UUID of the VPC. If omitted a new one is in the region's default VPC. It cannot be changed.
      - A cluster can only take over a load balancer in its own VPC.
    type: str
  type:
    description:
      - V(REGIONAL) works up to HTTP, V(REGIONAL_NETWORK) forwards TCP and UDP only, V(GLOBAL) stands before others.
      - If omitted a new one is V(REGIONAL). It cannot be changed. The cloud controller of a cluster makes
        V(REGIONAL_NETWORK) unless the Service says otherwise, so say the same in both places.
    type: str
    choices: [REGIONAL, REGIONAL_NETWORK, GLOBAL]
  network:
    description: V(INTERNAL) has an address in the VPC only. If omitted a new one is V(EXTERNAL). It cannot be changed.
    type: str
    choices: [EXTERNAL, INTERNAL]
  network_stack:
    description: Whether it has an IPv6 address too. If omitted a new one is V(IPV4). It cannot be changed.
    type: str
    choices: [IPV4, DUALSTACK]
  forwarding_rules:
    description:
      - What is forwarded, exactly these. Required to create one, but for a V(GLOBAL) one.
      - A port takes one rule for TCP and one for UDP. V(http3) is UDP, so it stands beside V(http2) or V(https) at 443.
    type: list
    elements: dict
    suboptions:
      entry_protocol:
        description: Protocol in which clients speak.
        type: str
        choices: [http, https, http2, http3, tcp, udp]
        required: true
      entry_port:
        description: Port at which clients come in.
        type: int
        required: true
      target_protocol:
        description: Protocol in which the Droplets are spoken to.
        type: str
        choices: [http, https, http2, tcp, udp]
        required: true
      target_port:
        description: Port of the Droplets.
        type: int
        required: true
      certificate_id:
        description: Id of the certificate with which TLS ends here.
        type: str
      tls_passthrough:
        description: Whether TLS goes through to the Droplets, which V(http3) cannot.
        type: bool
  health_check:
    description: How Droplets are found to be well. Keys that are not given stay as they are.
    type: dict
    suboptions:
      protocol:
        description: Protocol of the check.
        type: str
        choices: [http, https, tcp]
      port:
        description: Port of the Droplets that is checked.
        type: int
      path:
        description: Path that is asked for by HTTP.
        type: str
      check_interval_seconds:
        description: Seconds from one check to the next, from 3 to 300.
        type: int
      response_timeout_seconds:
        description: Seconds to wait for an answer, from 3 to 300.
        type: int
      healthy_threshold:
        description: How many good checks in a row make a Droplet well, from 2 to 10.
        type: int
      unhealthy_threshold:
        description: How many bad checks in a row make a Droplet unwell, from 2 to 10.
        type: int
  sticky_sessions:
    description: Whether a client stays with one Droplet.
    type: dict
    suboptions:
      type:
        description: V(cookies) keeps it by a cookie. The two others are required then.
        type: str
        choices: [cookies, none]
      cookie_name:
        description: Name of the cookie, 2 to 40 characters.
        type: str
      cookie_ttl_seconds:
        description: Seconds until the cookie expires.
        type: int
  firewall:
    description: Whose traffic is let in. Each source is like V(ip:192.0.2.1) or V(cidr:192.0.2.0/24).
    type: dict
    suboptions:
      allow:
        description: Sources that are let in, exactly these.
        type: list
        elements: str
      deny:
        description: Sources that are not let in, exactly these.
        type: list
        elements: str
  redirect_http_to_https:
    description: Whether HTTP on port 80 is sent on to HTTPS on port 443.
    type: bool
  enable_proxy_protocol:
    description: Whether Droplets are told the client's address by the PROXY protocol. Type V(REGIONAL) only.
    type: bool
  enable_backend_keepalive:
    description: Whether connections to Droplets are kept open.
    type: bool
  disable_lets_encrypt_dns_records:
    description: Whether no DNS records are made for Let's Encrypt certificates.
    type: bool
  http_idle_timeout_seconds:
    description: Seconds after which an idle HTTP connection is closed, from 30 to 600.
    type: int
  size_unit:
    description: Number of nodes, from 1 to 200. It can be changed once an hour, and not in the first hour.
    type: int
  tls_cipher_policy:
    description: Which TLS cipher suites are offered.
    type: str
    choices: [DEFAULT, STRONG]
  tag:
    description: Tag of the Droplets behind it. It cannot be used together with O(droplet_ids).
    type: str
  droplet_ids:
    description: Ids of the Droplets behind it, exactly these.
    type: list
    elements: int
  domains:
    description: Domains of a V(GLOBAL) one, exactly these.
    type: list
    elements: dict
    suboptions:
      name:
        description: The domain.
        type: str
        required: true
      is_managed:
        description: Whether DigitalOcean keeps the domain's DNS, and so makes its records.
        type: bool
      certificate_id:
        description: Id of the certificate with which TLS ends here.
        type: str
  glb_settings:
    description: How a V(GLOBAL) one forwards. Keys that are not given stay as they are.
    type: dict
    suboptions:
      target_protocol:
        description: Protocol in which the targets are spoken to.
        type: str
        choices: [http, https, http2]
      target_port:
        description: Port of the targets.
        type: int
      cdn:
        description: The cache.
        type: dict
        suboptions:
          is_enabled:
            description: Whether it is on.
            type: bool
      region_priorities:
        description: Regions and their priorities, a number each; the lowest is preferred.
        type: dict
      failover_threshold:
        description: Percentage of failure at which the next region is taken.
        type: int
  target_load_balancer_ids:
    description: Ids of the load balancers behind a V(GLOBAL) one, exactly these.
    type: list
    elements: str
  project:
    description: Name or id of the project it shall be in. If omitted it stays where it is.
    type: str
  in_use:
    description:
      - What O(state=absent) does with a load balancer that a cluster uses.
      - V(fail) fails naming the cluster; V(keep) leaves it and warns; V(delete) deletes it, and the cluster makes
        another one with another address.
    type: str
    choices: [fail, keep, delete]
    default: fail
  leaving_clusters:
    description:
      - Names of clusters that the same play removes. In check mode, with O(state=absent), they count as gone, so that
        a dry run says what the run will do.
    type: list
    elements: str
    default: []
  wait_timeout:
    description:
      - Longest time to wait in all, in seconds - for the address, and before a change until the load balancer takes it.
        It takes none while it is new or processes an earlier one.
    type: int
    default: 600
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
- name: A load balancer that is there before the cluster's Service, so that its address is known
  slipway.gitops.do_load_balancer:
    name: dev-ingress
    region: ams3
    vpc: slipway-ams3
    type: REGIONAL
    forwarding_rules:
      - {entry_protocol: tcp, entry_port: 80, target_protocol: tcp, target_port: 30080}
      - {entry_protocol: tcp, entry_port: 443, target_protocol: tcp, target_port: 30443}
    health_check:
      protocol: tcp
      port: 30080
  register: ingress

- name: Its address in DNS
  slipway.gitops.do_domain_record:
    domain: example.com
    name: "*.dev"
    type: A
    values: ["{{ ingress.ip }}"]

- name: Only let one network in; everything else of it stays as it is
  slipway.gitops.do_load_balancer:
    name: dev-ingress
    firewall:
      allow: ["cidr:203.0.113.0/24"]

- name: Remove it
  slipway.gitops.do_load_balancer:
    name: dev-ingress
    state: absent
"""

RETURN = r"""
load_balancer:
  description:
    - The load balancer as the API shows it; null when there is none. In check mode it is what it would be, without what
      only DigitalOcean knows, such as the address of a new one.
  returned: success
  type: dict
  sample:
    id: 4de7ac8b-495b-4884-9a69-1050c6793cd6
    name: dev-ingress
    ip: 203.0.113.7
    status: active
    type: REGIONAL
    region: {slug: ams3, name: Amsterdam 3}
ip:
  description: Its IPv4 address. Null while it has none.
  returned: success
  type: str
  sample: 203.0.113.7
cluster_id:
  description: Id of the cluster whose cloud controller keeps it. Null when none does.
  returned: success
  type: str
  sample: bd5f5959-5e1e-4205-a714-a914373942af
left_to_cluster:
  description: Declared options that differ, and were left as they are because RV(cluster_id) keeps the load balancer.
  returned: success
  type: list
  elements: str
  sample: [forwarding_rules, health_check]
changes:
  description: What was changed, or would be in check mode, one sentence each. On failure, what had been done before.
  returned: always
  type: list
  elements: str
  sample: ["load balancer dev-ingress: enable_proxy_protocol false -> true"]
diff:
  description: The declared values before and after.
  returned: success
  type: dict
  contains:
    before:
      description: Values before; empty when it did not exist.
      type: dict
      returned: success
      sample: {}
    after:
      description: Values after; empty when it does not exist any more.
      type: dict
      returned: success
      sample: {name: dev-ingress, region: ams3, type: REGIONAL}
"""

from ansible_collections.slipway.gitops.plugins.module_utils._argument_spec import wait_spec
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.load_balancer import LoadBalancer
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.load_balancer_fields import BALANCER_SPEC
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.module import run_resource


def main() -> None:
    run_resource(BALANCER_SPEC.merge(wait_spec(600)), LoadBalancer)


if __name__ == "__main__":
    main()
