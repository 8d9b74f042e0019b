#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: do_account_info
short_description: Show the DigitalOcean account that a token belongs to
version_added: 0.1.0
description:
  - Shows the account or team that the token belongs to, its state and its limits. One call that proves a token works.
options: {}
author:
  - Slipway contributors (@slipway-gitops)
extends_documentation_fragment:
  - slipway.gitops.digitalocean
  - slipway.gitops.attributes.read_only
  - slipway.gitops.attributes.digitalocean_group
"""

EXAMPLES = r"""
- name: See whose token this is
  slipway.gitops.do_account_info:
  register: account

- name: Stop on an account that cannot make anything
  ansible.builtin.assert:
    that: account.account.status == 'active'
"""

RETURN = r"""
account:
  description: The account as the API shows it.
  returned: success
  type: dict
  sample:
    email: sammy@digitalocean.com
    status: active
    droplet_limit: 25
    team: {name: My Team, uuid: 5df3e3004a17e242b7c20ca6c9fc25b701a47ece}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.connection import (
    DIGITALOCEAN_SPEC,
    connect,
)
from ansible_collections.slipway.gitops.plugins.module_utils._errors import SlipwayError


def main() -> None:
    module = AnsibleModule(**DIGITALOCEAN_SPEC.to_kwargs(), supports_check_mode=True)
    try:
        with connect(module.params) as api:
            account = api.account()
    except SlipwayError as error:
        module.fail_json(**error.as_result())
    module.exit_json(changed=False, account=account)


if __name__ == "__main__":
    main()
