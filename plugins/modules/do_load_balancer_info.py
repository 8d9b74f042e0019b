#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: do_load_balancer_info
short_description: List load balancers of DigitalOcean
version_added: 0.1.0
description:
  - Lists the load balancers of the account that match every given filter; without filters all of them. No match is an
    empty list.
options:
  name:
    description: Only the load balancer with exactly this name.
    type: str
  id:
    description: Only the load balancer with this UUID.
    type: str
  region:
    description: Only load balancers in the region with this slug.
    type: str
  cluster_id:
    description: Only load balancers that the cloud controller of the cluster with this id keeps.
    type: str
author:
  - Slipway contributors (@slipway-gitops)
extends_documentation_fragment:
  - slipway.gitops.digitalocean
  - slipway.gitops.attributes.read_only
  - slipway.gitops.attributes.digitalocean_group
"""

EXAMPLES = r"""
- name: The load balancers of a region
  slipway.gitops.do_load_balancer_info:
    region: ams3
  register: found

- name: Show their addresses
  ansible.builtin.debug:
    msg: "{{ found.load_balancers | map(attribute='ip') }}"
"""

RETURN = r"""
load_balancers:
  description: The load balancers as the API shows them.
  returned: success
  type: list
  elements: dict
  sample:
    - id: 4de7ac8b-495b-4884-9a69-1050c6793cd6
      name: dev-ingress
      ip: 203.0.113.7
      status: active
      region: {slug: ams3, name: Amsterdam 3}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.slipway.gitops.plugins.module_utils._argument_spec import ArgumentSpec
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.connection import (
    DIGITALOCEAN_SPEC,
    connect,
)
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.load_balancer_fields import cluster_of, slug
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.matching import matching
from ansible_collections.slipway.gitops.plugins.module_utils._errors import SlipwayError

FILTERS = ("name", "id", "region", "cluster_id")


def main() -> None:
    spec = ArgumentSpec(options={name: {"type": "str"} for name in FILTERS}).merge(DIGITALOCEAN_SPEC)
    module = AnsibleModule(**spec.to_kwargs(), supports_check_mode=True)
    region, cluster_id = module.params["region"], module.params["cluster_id"]
    try:
        with connect(module.params) as api:
            named = matching(api.load_balancers(), {name: module.params[name] for name in ("name", "id")})
    except SlipwayError as error:
        module.fail_json(**error.as_result())
    found = [item for item in named if region in (None, slug(item.get("region")))]
    found = [item for item in found if cluster_id in (None, cluster_of(item))]
    module.exit_json(changed=False, load_balancers=found)


if __name__ == "__main__":
    main()
