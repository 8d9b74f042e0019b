#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: do_vpc_info
short_description: List VPCs of DigitalOcean
version_added: 0.1.0
description:
  - Lists the VPCs of the account that match every given filter; without filters all of them. No match is an empty list.
options:
  name:
    description: Only the VPC with exactly this name.
    type: str
  id:
    description: Only the VPC with this UUID.
    type: str
  region:
    description: Only VPCs in the region with this slug.
    type: str
author:
  - Slipway contributors (@slipway-gitops)
extends_documentation_fragment:
  - slipway.gitops.digitalocean
  - slipway.gitops.attributes.read_only
  - slipway.gitops.attributes.digitalocean_group
"""

EXAMPLES = r"""
- name: The VPCs of a region
  slipway.gitops.do_vpc_info:
    region: ams3
  register: found

- name: Show their ranges
  ansible.builtin.debug:
    msg: "{{ found.vpcs | map(attribute='ip_range') }}"
"""

RETURN = r"""
vpcs:
  description: The VPCs as the API shows them.
  returned: success
  type: list
  elements: dict
  sample:
    - id: 5a4981aa-9653-4bd1-bef5-d6bff52042e4
      name: slipway-ams3
      region: ams3
      ip_range: 10.120.0.0/20
      default: false
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.slipway.gitops.plugins.module_utils._argument_spec import ArgumentSpec
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.connection import (
    DIGITALOCEAN_SPEC,
    connect,
)
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.matching import matching
from ansible_collections.slipway.gitops.plugins.module_utils._errors import SlipwayError

FILTERS = ("name", "id", "region")


def main() -> None:
    spec = ArgumentSpec(options={name: {"type": "str"} for name in FILTERS}).merge(DIGITALOCEAN_SPEC)
    module = AnsibleModule(**spec.to_kwargs(), supports_check_mode=True)
    try:
        with connect(module.params) as api:
            vpcs = matching(api.vpcs(), {name: module.params[name] for name in FILTERS})
    except SlipwayError as error:
        module.fail_json(**error.as_result())
    module.exit_json(changed=False, vpcs=vpcs)


if __name__ == "__main__":
    main()
