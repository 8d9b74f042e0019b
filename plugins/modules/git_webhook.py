#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: git_webhook
short_description: Keep a webhook of a repository at GitHub
version_added: 0.1.0
description:
  - Has a repository at GitHub, at GitHub Enterprise or at a forge with the same API tell a URL of what happens in it,
    as JSON and signed. The webhook is known by its URL.
  - GitHub never shows a webhook's secret, so a wrong one is not noticed. It is set when the webhook is made or anything
    of it is changed, and whenever O(update_secret=true).
options:
  state:
    description:
      - Whether the webhook shall be there. With V(absent) a repository that is gone is fine; the forge does not tell it
        from one whose webhooks the token may not see, so there is a warning.
    type: str
    choices: [present, absent]
    default: present
  repository:
    description: Owner and name of the repository, such as V(team/web).
    type: str
    required: true
  url:
    description: URL that is told.
    type: str
    required: true
  events:
    description: What it is told of, in GitHub's words.
    type: list
    elements: str
    default: [push, pull_request]
  secret:
    description: Key of the signature in the header C(X-Hub-Signature-256). Required unless O(state=absent).
    type: str
  update_secret:
    description: Whether the secret is set on a webhook that is there already. That is always a change.
    type: bool
    default: false
  insecure_ssl:
    description: Whether the forge takes any certificate of the URL for good.
    type: bool
    default: false
  api_url:
    description: Address of the API; C(https://<host>/api/v3) for GitHub Enterprise.
    type: str
    default: https://api.github.com
  token:
    description: Token that may write webhooks (scope C(admin:repo_hook)). If omitted, E(GITHUB_TOKEN).
    type: str
  ca_cert:
    description: Path of a CA bundle in PEM format that is trusted instead of the system's.
    type: path
  api_timeout:
    description: Seconds to wait for one answer.
    type: int
    default: 60
requirements:
  - requests
author:
  - Slipway contributors (@slipway-gitops)
extends_documentation_fragment:
  - slipway.gitops.attributes
"""

EXAMPLES = r"""
- name: Pushes start a build
  slipway.gitops.git_webhook:
    repository: team/web
    url: https://builds.example.com/
    secret: "{{ pipelines_webhook_secret }}"
    token: "{{ forge_token }}"
"""

RETURN = r"""
id:
  description: Number of the webhook; null when there is none, and in check mode when it would be made.
  returned: success
  type: int
  sample: 12345678
changes:
  description: What was changed, or would be in check mode, one sentence each.
  returned: always
  type: list
  elements: str
  sample: ["create webhook https://builds.example.com/ of team/web"]
diff:
  description: The declared values before and after, without the secret.
  returned: success
  type: dict
  contains:
    before:
      description: Values before; empty when there was none.
      type: dict
      returned: success
      sample: {}
    after:
      description: Values after; empty when there is none any more.
      type: dict
      returned: success
      sample: {active: true, events: [pull_request, push], config: {content_type: json, insecure_ssl: "0"}}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.slipway.gitops.plugins.module_utils._git.github_api import GitHubApi
from ansible_collections.slipway.gitops.plugins.module_utils._git.webhook import WEBHOOK_SPEC, Webhook, check_options
from ansible_collections.slipway.gitops.plugins.module_utils._module import run_module
from ansible_collections.slipway.gitops.plugins.module_utils._outcome import Outcome


def keep(module: AnsibleModule) -> Outcome:
    options = module.params
    check_options(options)
    ca_cert = options["ca_cert"] or ""
    api = GitHubApi(options["api_url"], options["repository"], options["token"], ca_cert, options["api_timeout"])
    try:
        webhook = Webhook(api, options, check_mode=module.check_mode)
        return webhook.present() if options["state"] == "present" else webhook.absent()
    finally:
        api.close()


def main() -> None:
    run_module(WEBHOOK_SPEC, keep)


if __name__ == "__main__":
    main()
