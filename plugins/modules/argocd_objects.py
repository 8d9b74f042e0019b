#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: argocd_objects
short_description: Create, change or delete several projects, ApplicationSets and applications of Argo CD
version_added: 0.1.0
description:
  - Does for each object what M(slipway.gitops.argocd_project), M(slipway.gitops.argocd_application_set) and
    M(slipway.gitops.argocd_application) do for one, over one connection. Starting a module for each object of a loop
    takes longer than asking Argo CD about it.
  - Objects that shall be there come in the order projects, ApplicationSets, applications; those that shall be gone
    come after them, in the opposite order. Within a kind the order is that of the list.
  - The first object that fails ends the task, which says what was written before it.
  - Objects are in Argo CD's own namespace. Applications are deleted with what they deployed. For other options use the
    module of the kind.
options:
  projects:
    description: Projects.
    type: list
    elements: dict
    default: []
    suboptions: &object
      state:
        description: Whether the object shall be there.
        type: str
        choices: [present, absent]
        default: present
      name:
        description: Name of the object.
        type: str
        required: true
      spec:
        description: Its specification, as in the module of the kind.
        type: dict
      labels:
        description: Labels, as in the module of the kind.
        type: dict
      annotations:
        description: Annotations, as in the module of the kind.
        type: dict
      finalizers:
        description: All finalizers of the object. If omitted, they stay as they are.
        type: list
        elements: str
      purge:
        description: Of these, everything that is not declared is removed, except what Argo CD writes for itself.
        type: list
        elements: str
        choices: [spec, labels, annotations]
        default: []
  application_sets:
    description: ApplicationSets.
    type: list
    elements: dict
    default: []
    suboptions:
      <<: *object
      take_over:
        description: As in M(slipway.gitops.argocd_application_set).
        type: list
        elements: str
        default: []
      hold_pruning:
        description: As in M(slipway.gitops.argocd_application_set).
        type: bool
        default: false
  applications:
    description: Applications.
    type: list
    elements: dict
    default: []
    suboptions: *object
  wait_timeout:
    description: Seconds to wait for each object's work to be done.
    type: int
    default: 300
author:
  - Slipway contributors (@slipway-gitops)
extends_documentation_fragment:
  - slipway.gitops.argocd
  - slipway.gitops.argocd.group
  - slipway.gitops.attributes
  - slipway.gitops.argocd.waiting
  - slipway.gitops.attributes.waiting
"""

EXAMPLES = r"""
- name: Two environments
  slipway.gitops.argocd_objects:
    server_url: https://argocd.example.com
    projects:
      - name: dev
        spec: {sourceRepos: ["*"], destinations: [{name: dev, namespace: "*"}]}
      - name: prod
        spec: {sourceRepos: ["*"], destinations: [{name: prod, namespace: "*"}]}
      - name: test
        state: absent
"""

RETURN = r"""
results:
  description: What became of each object, in the order in which it was done.
  returned: success
  type: list
  elements: dict
  contains:
    kind:
      description: Its kind.
      type: str
      returned: always
      sample: AppProject
    name:
      description: Its name.
      type: str
      returned: always
      sample: dev
    created:
      description: Whether there was none before.
      type: bool
      returned: always
      sample: true
    changes:
      description: What was changed of it, or would be in check mode.
      type: list
      elements: str
      returned: always
      sample: [create project dev]
    applications:
      description: Names of the applications it has, or would have.
      type: list
      elements: str
      returned: for an ApplicationSet that shall be there
      sample: [web-dev]
    held:
      description: What its applications would lose, as M(slipway.gitops.argocd_application_set) returns it.
      type: list
      elements: dict
      returned: for an ApplicationSet that shall be there
      sample: []
changes:
  description: What was changed, or would be in check mode, one sentence each.
  returned: always
  type: list
  elements: str
  sample: [create project dev, create project prod]
diff:
  description: The declared values of the changed objects before and after, by kind and name, without secrets.
  returned: success
  type: dict
  contains:
    before:
      description: Values before; without objects that were not there.
      type: dict
      returned: success
      sample: {}
    after:
      description: Values after; without objects that are not there any more.
      type: dict
      returned: success
      sample: {AppProject dev: {spec: {sourceRepos: ["*"]}}}
"""

from ansible_collections.slipway.gitops.plugins.module_utils._argocd.module import run_module
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.objects import OBJECTS_SPEC, manage_objects


def main() -> None:
    run_module(OBJECTS_SPEC, manage_objects)


if __name__ == "__main__":
    main()
