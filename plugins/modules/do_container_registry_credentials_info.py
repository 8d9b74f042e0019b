#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: do_container_registry_credentials_info
short_description: Find out whether a credential for a container registry of DigitalOcean will do
version_added: 0.1.0
description:
  - Tries a credential, whoever made it, and says in words why it will not do - it expired, was revoked, is read-only,
    or the account's tier has no room for what is to be pushed.
  - Clients of the registry do not tell these from each other.
  - A credential that will not do is no failure; see RV(problems).
options:
  name:
    description: Name of the registry.
    type: str
    required: true
  path:
    description: Path of a Docker configuration (C(config.json)) that has the credential.
    type: path
  content:
    description: The content of such a file, or of a Secret of type C(kubernetes.io/dockerconfigjson).
    type: str
  access:
    description: What the credential is for. With V(read_write) it is asked whether it may push.
    type: str
    choices: [read_only, read_write]
    default: read_only
  repositories:
    description:
      - Repositories that are to be pushed to, without the registry's name. For each it is asked whether the account's
        tier has room for it. Nothing is made.
    type: list
    elements: str
    default: []
  expires_at:
    description:
      - When the credential expires, where that is known, so that an expired one can be told from a revoked one.
      - A file of M(slipway.gitops.do_container_registry_credentials) says it itself.
    type: str
author:
  - Slipway contributors (@slipway-gitops)
notes:
  - It asks with the credential itself, and needs no token of the account.
seealso:
  - module: slipway.gitops.do_container_registry_credentials
extends_documentation_fragment:
  - slipway.gitops.digitalocean
  - slipway.gitops.attributes.read_only
  - slipway.gitops.attributes.digitalocean_group
"""

EXAMPLES = r"""
- name: Try what builds push with
  slipway.gitops.do_container_registry_credentials_info:
    name: slipway-example
    path: ~/.config/slipway/push.json
    access: read_write
    repositories: [web]
  register: push

- name: Stop when they could not
  ansible.builtin.assert:
    that: push.problems == []
    fail_msg: "{{ push.problems | join('; ') }}"
"""

RETURN = r"""
accepted:
  description: Whether the registry lets it in.
  returned: success
  type: bool
  sample: true
can_push:
  description: Whether it may push. Null when it was not asked, or there was no telling.
  returned: success
  type: bool
  sample: false
expires_at:
  description: When it expires. Null when that is not known.
  returned: success
  type: str
  sample: "2026-12-21T19:20:47Z"
problems:
  description: Why it will not do for what O(access) says, one sentence each. Empty when it will.
  returned: success
  type: list
  elements: str
  sample: ["it is read-only: it can pull and not push; it has to be made with access: read_write"]
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.connection import DIGITALOCEAN_SPEC
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.registry_login_check import (
    LOGIN_CHECK_SPEC,
    check_login,
)
from ansible_collections.slipway.gitops.plugins.module_utils._errors import SlipwayError


def main() -> None:
    spec = LOGIN_CHECK_SPEC.merge(DIGITALOCEAN_SPEC)
    module = AnsibleModule(**spec.to_kwargs(), supports_check_mode=True)
    try:
        check = check_login(module.params)
    except SlipwayError as error:
        module.fail_json(**error.as_result())
    module.exit_json(changed=False, **check.as_result())


if __name__ == "__main__":
    main()
