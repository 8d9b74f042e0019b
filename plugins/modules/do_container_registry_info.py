#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: do_container_registry_info
short_description: List container registries of DigitalOcean
version_added: 0.1.0
description:
  - Lists the container registries of the account that match every given filter; without filters all of them. No match
    is an empty list.
options:
  name:
    description: Only the registry with exactly this name.
    type: str
  region:
    description: Only registries in the region with this slug.
    type: str
  repositories:
    description: Whether to list what is in each registry, at one more call for each.
    type: bool
    default: false
author:
  - Slipway contributors (@slipway-gitops)
extends_documentation_fragment:
  - slipway.gitops.digitalocean
  - slipway.gitops.attributes.read_only
  - slipway.gitops.attributes.digitalocean_group
"""

EXAMPLES = r"""
- name: What is in the registry
  slipway.gitops.do_container_registry_info:
    name: slipway-example
    repositories: true
  register: found

- name: Show the repositories
  ansible.builtin.debug:
    msg: "{{ found.registries[0].repositories | map(attribute='name') }}"
"""

RETURN = r"""
registries:
  description: The registries as the API shows them, with their repositories when these were asked for.
  returned: success
  type: list
  elements: dict
  sample:
    - name: slipway-example
      region: fra1
      storage_usage_bytes: 29393920
      repositories:
        - name: web
          tag_count: 3
          manifest_count: 2
subscription:
  description: The account's subscription for registries; null while it has none.
  returned: success
  type: dict
  sample:
    tier: {slug: basic, included_repositories: 5, monthly_price_in_cents: 500}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.slipway.gitops.plugins.module_utils._argument_spec import ArgumentSpec
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.connection import (
    DIGITALOCEAN_SPEC,
    connect,
)
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.matching import matching
from ansible_collections.slipway.gitops.plugins.module_utils._errors import SlipwayError

FILTERS = ("name", "region")


def main() -> None:
    options = {name: {"type": "str"} for name in FILTERS} | {"repositories": {"type": "bool", "default": False}}
    spec = ArgumentSpec(options=options).merge(DIGITALOCEAN_SPEC)
    module = AnsibleModule(**spec.to_kwargs(), supports_check_mode=True)
    try:
        with connect(module.params) as api:
            found = matching(api.registries(), {name: module.params[name] for name in FILTERS})
            if module.params["repositories"]:
                held = [(item, api.registry_repositories(item)) for item in found]
                found = [{**item, "repositories": inside} for item, inside in held if inside is not None]
            subscription = api.registry_subscription()
    except SlipwayError as error:
        module.fail_json(**error.as_result())
    module.exit_json(changed=False, registries=found, subscription=subscription)


if __name__ == "__main__":
    main()
