#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: do_domain_record_info
short_description: List DNS records of a domain of DigitalOcean
version_added: 0.1.0
description:
  - Lists the records of a domain that match every given filter; without filters all of them. No match, and a domain
    that is not there, is an empty list.
options:
  domain:
    description: The domain, with or without a final dot.
    type: str
    required: true
  name:
    description: Only records of this name, such as V(www) or V(@), or a full name in the domain.
    type: str
  type:
    description: Only records of this type.
    type: str
    choices: [A, AAAA, CAA, CNAME, MX, NS, SOA, SRV, TXT]
author:
  - Slipway contributors (@slipway-gitops)
extends_documentation_fragment:
  - slipway.gitops.digitalocean
  - slipway.gitops.attributes.read_only
  - slipway.gitops.attributes.digitalocean_group
"""

EXAMPLES = r"""
- name: The addresses of a name
  slipway.gitops.do_domain_record_info:
    domain: example.com
    name: www
    type: A
  register: found

- name: Show them
  ansible.builtin.debug:
    msg: "{{ found.records | map(attribute='data') }}"
"""

RETURN = r"""
records:
  description: The records as the API shows them; host names are without a final dot there.
  returned: success
  type: list
  elements: dict
  sample:
    - {id: 28448433, type: A, name: www, data: 203.0.113.7, ttl: 1800}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.slipway.gitops.plugins.module_utils._argument_spec import ArgumentSpec
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean import domain_names
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.connection import (
    DIGITALOCEAN_SPEC,
    connect,
)
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.matching import matching
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.record_values import PARTS
from ansible_collections.slipway.gitops.plugins.module_utils._errors import SlipwayError

OPTIONS = ArgumentSpec(
    options={
        "domain": {"type": "str", "required": True},
        "name": {"type": "str"},
        "type": {"type": "str", "choices": sorted([*PARTS, "SOA"])},
    }
)


def main() -> None:
    module = AnsibleModule(**OPTIONS.merge(DIGITALOCEAN_SPEC).to_kwargs(), supports_check_mode=True)
    zone, name = domain_names.domain(module.params["domain"]), module.params["name"]
    wanted = {"name": domain_names.relative(name, zone) if name else None, "type": module.params["type"]}
    try:
        with connect(module.params) as api:
            found = matching(api.domain_records(zone) or [], wanted)
    except SlipwayError as error:
        module.fail_json(**error.as_result())
    module.exit_json(changed=False, records=found)


if __name__ == "__main__":
    main()
