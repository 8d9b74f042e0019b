# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter slipway.gitops.build_triggers."""

from __future__ import annotations

DOCUMENTATION = r"""
name: build_triggers
short_description: What of a forge's webhooks starts a build
version_added: 0.1.0
description:
  - For the role C(slipway.gitops.pipelines).
  - A push to the branch starts a build when it changes anything but the paths that are ignored, or when the forge tells
    only a part of its commits. A pull request starts one when it is of the repository itself, not of a fork.
options:
  _input:
    description:
      - The build. Keys are C(forge) (V(github), also for Gitea and Forgejo, or V(gitlab)), C(repo) (URL of the
        repository), C(branch), C(ignored) (beginnings of paths) and C(pull_requests) (a boolean).
    type: dict
    required: true
author:
  - Slipway contributors (@slipway-gitops)
"""

EXAMPLES = r"""
- name: Show what starts a build
  ansible.builtin.debug:
    msg: "{{ build | slipway.gitops.build_triggers }}"
  vars:
    build:
      forge: github
      repo: https://git.example.com/team/web.git
      branch: main
      ignored: [deploy/overlays/dev/]
      pull_requests: false
"""

RETURN = r"""
_value:
  description:
    - The events, each with C(event) (V(push) or V(pull-request)), C(interceptor) (name of Tekton's ClusterInterceptor),
      C(event_type) (what the forge calls it), C(filter) (an expression in CEL) and C(revision) (the commit to build, as
      a binding of Tekton).
  type: list
  elements: dict
  sample:
    - event: push
      interceptor: github
      event_type: push
      filter: body.repository.clone_url in [...] && ...
      revision: $(body.after)
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.slipway.gitops.plugins.plugin_utils._build_triggers import build_triggers


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"build_triggers": build_triggers}
