#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: do_domain_record
short_description: Keep the DNS records of one name and type as declared
version_added: 0.1.0
description:
  - Brings the records of one name and one type in a domain to the declared values, as one set. A value that moves is
    changed in place, so that the name is never without one.
  - Records of other names and of other types are never touched.
  - When something else keeps values at the same name and type, such as TXT records for several services at a domain,
    say O(exclusive=false).
options:
  state:
    description:
      - V(present) creates, changes and, with O(exclusive=true), removes records until they are as declared.
      - V(absent) removes the declared values, or all records of the name and type when none is declared.
    type: str
    choices: [present, absent]
    default: present
  domain:
    description: The domain, such as V(example.com), with or without a final dot.
    type: str
    required: true
  name:
    description:
      - Name of the record in the domain, such as V(www) or V(*.dev). V(@) is the domain itself.
      - A full name in the domain, with or without a final dot, means the same.
    type: str
    default: "@"
  type:
    description: Type of the record. The SOA record is DigitalOcean's own.
    type: str
    choices: [A, AAAA, CAA, CNAME, MX, NS, SRV, TXT]
    required: true
  values:
    description:
      - The values, for types that have nothing besides it - addresses, host names or texts.
      - Host names are full names, with or without a final dot; V(@) is the domain itself. A name of one label, such as
        V(www), is refused, since the API would take it for a name of the root.
      - A text may be written as it stands in a zone file, as strings in quotes; they are joined with nothing between,
        as those who read them do, and DigitalOcean cuts the text again where it is too long for one string. A text that
        is not all in quotes is taken as it is.
      - Either this or O(records) is required with O(state=present).
    type: list
    elements: str
  records:
    description: The values, for types that have more to them.
    type: list
    elements: dict
    suboptions:
      data:
        description:
          - The address, host name or text, as in O(values); of a CAA record the domain of the authority, if wanted with
            its parameters after V(;), or V(;) alone for none.
          - V(.) is the host of an SRV record whose service is not there.
        type: str
        required: true
      priority:
        description: Priority of an MX or SRV record; the lowest is tried first.
        type: int
      weight:
        description: Weight of an SRV record among those of the same priority.
        type: int
      port:
        description: Port of an SRV record.
        type: int
      flags:
        description: Flags of a CAA record, V(0) or V(128) for critical.
        type: int
      tag:
        description: Tag of a CAA record. With V(iodef) the data is a URL to report to.
        type: str
        choices: [issue, issuewild, iodef]
  ttl:
    description:
      - Seconds for which the records may be kept by who asked for them, V(30) at least.
      - If omitted existing records keep theirs, and new ones get the domain's (1800).
    type: int
  exclusive:
    description:
      - Whether the declared values are all that the name and type shall have.
      - V(false) leaves other values alone.
    type: bool
    default: true
  replace_name_servers:
    description:
      - Whether NS records of the domain itself may lose DigitalOcean's own name servers, which answer for the domain as
        long as it is there. Without it what would take one of them away is refused.
    type: bool
    default: false
author:
  - Slipway contributors (@slipway-gitops)
seealso:
  - module: slipway.gitops.do_domain
extends_documentation_fragment:
  - slipway.gitops.digitalocean
  - slipway.gitops.attributes
  - slipway.gitops.attributes.digitalocean_group
"""

EXAMPLES = r"""
- name: Every name below dev goes to the load balancer
  slipway.gitops.do_domain_record:
    domain: example.com
    name: "*.dev"
    type: A
    values: ["{{ load_balancer.ip }}"]
    ttl: 60

- name: Mail
  slipway.gitops.do_domain_record:
    domain: example.com
    type: MX
    records:
      - {data: mail1.example.com, priority: 10}
      - {data: mail2.example.com, priority: 20}

- name: One text among those of other services
  slipway.gitops.do_domain_record:
    domain: example.com
    type: TXT
    values: ["google-site-verification=abc"]
    exclusive: false

- name: Remove all addresses of a name
  slipway.gitops.do_domain_record:
    domain: example.com
    name: old
    type: A
    state: absent
"""

RETURN = r"""
records:
  description:
    - The records of the name and type as the API shows them. In check mode they are what they would be, without what
      only DigitalOcean knows, such as the id of a new one.
  returned: success
  type: list
  elements: dict
  sample:
    - {id: 28448433, type: A, name: "*.dev", data: 203.0.113.7, ttl: 60}
fqdn:
  description: The full name.
  returned: success
  type: str
  sample: "*.dev.example.com"
changes:
  description: What was changed, or would be in check mode, one sentence each. On failure, what had been done before.
  returned: always
  type: list
  elements: str
  sample: ["A record *.dev.example.com: 203.0.113.7 -> 203.0.113.8"]
diff:
  description: The values of the name and type before and after.
  returned: success
  type: dict
  contains:
    before:
      description: Values before; empty without any.
      type: dict
      returned: success
      sample: {}
    after:
      description: Values after; empty without any.
      type: dict
      returned: success
      sample: {name: "*.dev", type: A, records: [{data: 203.0.113.7, ttl: 60}]}
"""

from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.domain_record import (
    RECORD_SPEC,
    DomainRecord,
)
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.module import run_resource


def main() -> None:
    run_resource(RECORD_SPEC, DomainRecord)


if __name__ == "__main__":
    main()
