#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: do_vpc
short_description: Create, change or remove a VPC of DigitalOcean
version_added: 0.1.0
description:
  - Brings a VPC to what is declared. The VPC is found by its exact name, which is unique in an account.
  - What is not declared is left as it is. The region and the range of an existing VPC cannot be changed, which fails.
options:
  state:
    description:
      - V(present) creates the VPC or changes its description.
      - V(absent) removes it when it is empty, after waiting for members that are on their way out, as the nodes of a
        cluster that is being deleted are.
    type: str
    choices: [present, absent]
    default: present
  name:
    description: Name of the VPC; letters, digits, dashes and periods.
    type: str
    required: true
  region:
    description: Slug of the region, such as V(ams3). Required to create a VPC; cannot be changed.
    type: str
  ip_range:
    description:
      - Range of private addresses, a CIDR from V(/28) to V(/16) that overlaps no other of the account.
      - If omitted DigitalOcean chooses one. It cannot be changed.
    type: str
  description:
    description: Text on what the VPC is for, up to 255 characters. V("") removes it.
    type: str
  members:
    description:
      - What O(state=absent) does with a VPC that something still uses, or that is the default of its region, which
        DigitalOcean does not delete.
      - V(fail) fails naming the members; V(keep) leaves the VPC, changes nothing and warns.
      - Members are waited for as long as O(wait_timeout) says, but not for a cluster that nobody is deleting.
    type: str
    choices: [fail, keep]
    default: fail
  leaving_clusters:
    description:
      - Names of clusters that the same play removes. In check mode, with O(state=absent), they count as gone, so that
        a dry run says what the run will do.
    type: list
    elements: str
    default: []
  wait_timeout:
    description: Longest time to wait in all, in seconds.
    type: int
    default: 300
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
- name: A VPC for the clusters of one region
  slipway.gitops.do_vpc:
    name: slipway-ams3
    region: ams3
    ip_range: 10.120.0.0/20
    description: Clusters of the platform

- name: Remove it when nothing is in it any more, and leave it otherwise
  slipway.gitops.do_vpc:
    name: slipway-ams3
    state: absent
    members: keep
    wait_timeout: 600
"""

RETURN = r"""
vpc:
  description:
    - The VPC as the API shows it; null when there is none. In check mode it is what it would be, without what only
      DigitalOcean knows, such as the id of a new one.
  returned: success
  type: dict
  sample:
    id: 5a4981aa-9653-4bd1-bef5-d6bff52042e4
    urn: do:vpc:5a4981aa-9653-4bd1-bef5-d6bff52042e4
    name: slipway-ams3
    region: ams3
    ip_range: 10.120.0.0/20
    description: Clusters of the platform
    default: false
    created_at: "2026-11-20T19:20:47Z"
changes:
  description: What was changed, or would be in check mode, one sentence each.
  returned: always
  type: list
  elements: str
  sample: ["create VPC slipway-ams3 in ams3 with 10.120.0.0/20"]
diff:
  description: The declared values before and after.
  returned: success
  type: dict
  contains:
    before:
      description: Values before; empty when the VPC did not exist.
      type: dict
      returned: success
      sample: {}
    after:
      description: Values after; empty when it does not exist any more.
      type: dict
      returned: success
      sample: {name: slipway-ams3, region: ams3, ip_range: 10.120.0.0/20}
"""

from ansible_collections.slipway.gitops.plugins.module_utils._argument_spec import wait_spec
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.module import run_resource
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.vpc import VPC_SPEC, Vpc


def main() -> None:
    run_resource(VPC_SPEC.merge(wait_spec(300)), Vpc)


if __name__ == "__main__":
    main()
