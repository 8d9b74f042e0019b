#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: do_domain
short_description: Create or remove a domain, which is a DNS zone, of DigitalOcean
version_added: 0.1.0
description:
  - Makes sure that a domain is in the account, or that it is not.
  - DigitalOcean answers for a domain once the registrar names C(ns1.digitalocean.com), C(ns2.digitalocean.com) and
    C(ns3.digitalocean.com) as its name servers. This module does not see to that.
options:
  state:
    description:
      - V(present) creates the domain. An existing one has nothing that could be changed.
      - V(absent) removes it. O(records) says what happens to one that holds records.
    type: str
    choices: [present, absent]
    default: present
  name:
    description: The domain, such as V(example.com), with or without a final dot.
    type: str
    required: true
  ip_address:
    description:
      - IPv4 address for which an A record of the domain itself is made when the domain is created.
      - It is not looked at afterwards; use M(slipway.gitops.do_domain_record) to keep a record as it should be.
    type: str
  records:
    description:
      - What O(state=absent) does with a domain that has records besides those that DigitalOcean made with it.
      - V(fail) fails naming them; V(keep) leaves the domain and warns; V(delete) deletes the domain with them.
    type: str
    choices: [fail, keep, delete]
    default: fail
author:
  - Slipway contributors (@slipway-gitops)
seealso:
  - module: slipway.gitops.do_domain_record
extends_documentation_fragment:
  - slipway.gitops.digitalocean
  - slipway.gitops.attributes
  - slipway.gitops.attributes.digitalocean_group
"""

EXAMPLES = r"""
- name: The domain of the platform
  slipway.gitops.do_domain:
    name: example.com

- name: Remove it with all its records
  slipway.gitops.do_domain:
    name: example.com
    state: absent
    records: delete
"""

RETURN = r"""
domain:
  description:
    - The domain as the API shows it; null when there is none. In check mode it is what it would be.
  returned: success
  type: dict
  sample:
    name: example.com
    ttl: 1800
    zone_file: "$ORIGIN example.com."
changes:
  description: What was changed, or would be in check mode, one sentence each.
  returned: always
  type: list
  elements: str
  sample: ["create domain example.com"]
diff:
  description: The declared values before and after.
  returned: success
  type: dict
  contains:
    before:
      description: Values before; empty when the domain did not exist.
      type: dict
      returned: success
      sample: {}
    after:
      description: Values after; empty when it does not exist any more.
      type: dict
      returned: success
      sample: {name: example.com}
"""

from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.domain import DOMAIN_SPEC, Domain
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.module import run_resource


def main() -> None:
    run_resource(DOMAIN_SPEC, Domain)


if __name__ == "__main__":
    main()
