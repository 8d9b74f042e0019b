# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter slipway.gitops.registration_plan."""

from __future__ import annotations

DOCUMENTATION = r"""
name: registration_plan
short_description: Which applications other labels or another name of a cluster would take away
version_added: 0.1.0
description:
  - For the role C(slipway.gitops.argocd_spokes), before it changes how Argo CD knows a cluster.
  - ApplicationSets whose C(applicationsSync) does not let them delete are left out, as they take nothing away.
positional: _input, server, name, labels
options:
  _input:
    description: Clusters, as M(slipway.gitops.argocd_cluster_info) returns them.
    type: list
    elements: dict
    required: true
  server:
    description: URL of the cluster's Kubernetes API, as Argo CD knows it.
    type: str
    required: true
  name:
    description: The name that it is to have.
    type: str
    required: true
  labels:
    description: The labels that it is to have; others stay.
    type: dict
    required: true
  application_sets:
    description: All ApplicationSets, as M(slipway.gitops.argocd_application_set_info) returns them.
    type: list
    elements: dict
    default: []
  applications:
    description: All applications, as M(slipway.gitops.argocd_application_info) returns them.
    type: list
    elements: dict
    default: []
author:
  - Slipway contributors (@slipway-gitops)
"""

EXAMPLES = r"""
- name: Show what a new environment of the cluster would take away
  ansible.builtin.debug:
    msg: >-
      {{ clusters.clusters | slipway.gitops.registration_plan(server, 'dev', {'environment': 'staging'},
         application_sets=sets.application_sets, applications=applications.applications) }}
"""

RETURN = r"""
_value:
  description:
    - C(changes), what changes of the entry, as sentences; C(going), applications that would be deleted with all they
      deployed, and by which ApplicationSet; C(stranded), applications of role applications that go by the name that the
      cluster has now.
  type: dict
  sample:
    changes: ["label environment: dev -> staging"]
    going: [{application: web-dev, application_set: web}]
    stranded: []
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.slipway.gitops.plugins.plugin_utils._registration import registration_plan


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"registration_plan": registration_plan}
