#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: do_container_registry_credentials
short_description: Keep a credential for a container registry of DigitalOcean that is valid for long enough
version_added: 0.1.0
description:
  - Writes a credential for a container registry in the form of Docker's C(config.json), readable by its owner only.
  - A credential that is there is used again while it is for the same registry and access, valid for longer than
    O(renew_before), and the registry lets it in. So few are made, each of which stays valid until it expires.
  - A credential is B(read-only) unless O(access=read_write) is said; every result says which of the two it is.
  - The credential that is replaced is not revoked, since what uses it has not got the new one yet; it expires.
  - The API makes a credential for each request. One whose answer is lost is made in vain, so the request is sent once
    more and no third time, and a warning says how many may be valid, in no file, and until when.
  - A file that this module did not write is never changed or removed.
options:
  state:
    description:
      - V(absent) revokes the credential and removes the file, which needs no token of the account.
      - Where the answer to that is not the API's success, the registry is asked, and the file stays while it accepts
        the credential.
    type: str
    choices: [present, absent]
    default: present
  name:
    description: Name of the registry.
    type: str
    required: true
  path:
    description:
      - Path of the file. Its folder is made when it is not there.
      - Docker and BuildKit take it as C(config.json); a Kubernetes secret of type
        C(kubernetes.io/dockerconfigjson) takes RV(dockerconfigjson), which lacks the notes this module keeps in it.
    type: path
    required: true
  access:
    description:
      - V(read_only) lets its bearer pull, which is what a cluster needs.
      - V(read_write) lets its bearer push too, which is what a build needs.
    type: str
    choices: [read_only, read_write]
    default: read_only
  expiry_seconds:
    description: How long a new credential is valid, in seconds. The default is 30 days.
    type: int
    default: 2592000
  renew_before:
    description:
      - A credential that is valid for fewer seconds than this is replaced.
      - If omitted a quarter of O(expiry_seconds).
    type: int
  verify:
    description:
      - Whether a credential that is there is tried at the registry, so that a revoked one is replaced. It has to be
        refused twice.
    type: bool
    default: true
  revoke:
    description: Whether O(state=absent) revokes the credential, besides removing the file.
    type: bool
    default: true
  return_content:
    description: Whether RV(dockerconfigjson), a secret, is returned. Set C(no_log=true) on such a task.
    type: bool
    default: false
author:
  - Slipway contributors (@slipway-gitops)
notes:
  - The token of the account needs the scopes C(registry:read) and C(registry:update).
  - Revoking calls C(cloud.digitalocean.com), or O(api_url) when that is not DigitalOcean's.
seealso:
  - module: slipway.gitops.do_container_registry
extends_documentation_fragment:
  - slipway.gitops.digitalocean
  - slipway.gitops.attributes
  - slipway.gitops.attributes.digitalocean_group
"""

EXAMPLES = r"""
- name: A credential for clusters, which only pull
  slipway.gitops.do_container_registry_credentials:
    name: slipway-example
    path: ~/.config/slipway/pull.json

- name: A credential for builds, which push, as the content of a secret
  slipway.gitops.do_container_registry_credentials:
    name: slipway-example
    path: ~/.config/slipway/push.json
    access: read_write
    expiry_seconds: 604800
    return_content: true
  no_log: true
  register: push

- name: Revoke it and remove the file
  slipway.gitops.do_container_registry_credentials:
    name: slipway-example
    path: ~/.config/slipway/push.json
    state: absent
"""

RETURN = r"""
path:
  description: The file.
  returned: success
  type: str
  sample: /root/.config/slipway/pull.json
registry:
  description: Name of the registry.
  returned: success
  type: str
  sample: slipway-example
access:
  description: Whether the credential is V(read_only) or V(read_write).
  returned: success
  type: str
  sample: read_only
can_push:
  description: Whether its bearer may push.
  returned: success
  type: bool
  sample: false
server:
  description: Host of the registry. Null in check mode when a new credential would be made, and when it is absent.
  returned: success
  type: str
  sample: registry.digitalocean.com
expires_at:
  description: When the credential expires. Null in check mode when a new one would be made, and when it is absent.
  returned: success
  type: str
  sample: "2026-12-21T19:20:47Z"
dockerconfigjson:
  description: The credential as the content of a secret of type C(kubernetes.io/dockerconfigjson). A secret.
  returned: when O(return_content=true)
  type: str
  sample: '{"auths": {"registry.digitalocean.com": {"auth": "..."}}}'
changes:
  description: What was changed, or would be in check mode, one sentence each.
  returned: always
  type: list
  elements: str
  sample:
    - "write read-only (pull) credentials for container registry slipway-example to /root/pull.json: there is none"
diff:
  description: Path, registry, access and mode of the file before and after. Never its content.
  returned: success
  type: dict
  contains:
    before:
      description: Before; empty without a file.
      type: dict
      returned: success
      sample: {}
    after:
      description: After; empty without a file.
      type: dict
      returned: success
      sample: {path: /root/pull.json, registry: slipway-example, access: read_only, mode: "0600"}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.connection import DIGITALOCEAN_SPEC, connect
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.registry_credentials import (
    CREDENTIALS_SPEC,
    RegistryCredentials,
)
from ansible_collections.slipway.gitops.plugins.module_utils._module import run_module
from ansible_collections.slipway.gitops.plugins.module_utils._outcome import Outcome


def bring_to_state(module: AnsibleModule) -> Outcome:
    credentials = RegistryCredentials(module.params, check_mode=module.check_mode)
    if module.params["state"] == "absent":
        return credentials.absent()
    with connect(module.params) as api:
        return credentials.present(api)


def main() -> None:
    run_module(CREDENTIALS_SPEC.merge(DIGITALOCEAN_SPEC), bring_to_state)


if __name__ == "__main__":
    main()
