# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter slipway.gitops.pipeline_run_steps."""

from __future__ import annotations

DOCUMENTATION = r"""
name: pipeline_run_steps
short_description: Steps of a run of a Tekton Pipeline, and where their logs are
version_added: 0.1.0
description:
  - For the playbook C(slipway.gitops.pipelines).
  - Steps that have not begun are left out, as they have no log.
positional: _input
options:
  _input:
    description: TaskRun objects of the run.
    type: list
    elements: dict
    required: true
  pods:
    description: Pods of the run that are there.
    type: list
    elements: dict
    required: true
author:
  - Slipway contributors (@slipway-gitops)
"""

EXAMPLES = r"""
- name: Read the logs
  kubernetes.core.k8s_log:
    namespace: ci
    name: "{{ item.pod }}"
    container: "{{ item.container }}"
  loop: "{{ task_runs.resources | slipway.gitops.pipeline_run_steps(pods.resources) | selectattr('pod') }}"
"""

RETURN = r"""
_value:
  description:
    - The steps, in the order that their tasks began in. C(pod) is empty when it is gone, and its log with it.
  type: list
  elements: dict
  sample:
    - {task: test, step: go-test, status: failed with exit code 1, pod: build-7h2kq-test-pod, container: step-go-test}
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.slipway.gitops.plugins.plugin_utils._pipeline_runs import pipeline_run_steps


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"pipeline_run_steps": pipeline_run_steps}
