#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: do_domain_info
short_description: List domains of DigitalOcean
version_added: 0.1.0
description:
  - Lists the domains of the account; without O(name) all of them. No match is an empty list.
options:
  name:
    description: Only this domain, with or without a final dot.
    type: str
author:
  - Slipway contributors (@slipway-gitops)
extends_documentation_fragment:
  - slipway.gitops.digitalocean
  - slipway.gitops.attributes.read_only
  - slipway.gitops.attributes.digitalocean_group
"""

EXAMPLES = r"""
- name: The domains of the account
  slipway.gitops.do_domain_info:
  register: found

- name: Show their names
  ansible.builtin.debug:
    msg: "{{ found.domains | map(attribute='name') }}"
"""

RETURN = r"""
domains:
  description: The domains as the API shows them.
  returned: success
  type: list
  elements: dict
  sample:
    - name: example.com
      ttl: 1800
      zone_file: "$ORIGIN example.com."
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.slipway.gitops.plugins.module_utils._argument_spec import ArgumentSpec
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean import domain_names
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.connection import (
    DIGITALOCEAN_SPEC,
    connect,
)
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.matching import matching
from ansible_collections.slipway.gitops.plugins.module_utils._errors import SlipwayError


def main() -> None:
    spec = ArgumentSpec(options={"name": {"type": "str"}}).merge(DIGITALOCEAN_SPEC)
    module = AnsibleModule(**spec.to_kwargs(), supports_check_mode=True)
    name = module.params["name"]
    try:
        with connect(module.params) as api:
            found = matching(api.domains(), {"name": domain_names.domain(name) if name else None})
    except SlipwayError as error:
        module.fail_json(**error.as_result())
    module.exit_json(changed=False, domains=found)


if __name__ == "__main__":
    main()
