# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter slipway.gitops.pipeline_run_status."""

from __future__ import annotations

DOCUMENTATION = r"""
name: pipeline_run_status
short_description: How runs of Tekton Pipelines are, the newest first
version_added: 0.1.0
description:
  - For the playbooks C(slipway.gitops.pipelines) and C(slipway.gitops.build).
positional: _input
options:
  _input:
    description: PipelineRun objects.
    type: list
    elements: dict
    required: true
  task_runs:
    description: TaskRun objects of these runs. Without them C(tasks) is empty.
    type: list
    elements: dict
    default: []
author:
  - Slipway contributors (@slipway-gitops)
"""

EXAMPLES = r"""
- name: Show those that failed
  ansible.builtin.debug:
    msg: "{{ runs.resources | slipway.gitops.pipeline_run_status | selectattr('status', 'eq', 'failed') }}"

- name: Show those that have ended, but the last five of each Pipeline
  ansible.builtin.debug:
    msg: >-
      {{ runs.resources | slipway.gitops.pipeline_run_status | selectattr('done') | selectattr('newer', 'ge', 5) }}
"""

RETURN = r"""
_value:
  description:
    - The runs. C(status) is V(started), V(running), V(succeeded), V(failed) or V(cancelled); C(seconds) is how long it
      took, and null before it has ended; C(newer) is the number of runs of the same Pipeline that have ended and were
      made after it.
    - C(tasks) are as the module M(slipway.gitops.tekton_pipeline_run) returns them.
  type: list
  elements: dict
  sample:
    - name: build-7h2kq
      pipeline: build
      status: succeeded
      done: true
      reason: Succeeded
      message: "Tasks Completed: 4 (Failed: 0, Cancelled 0), Skipped: 0"
      created: "2026-11-21T10:35:24Z"
      seconds: 73
      params: {revision: main}
      results: {IMAGE_DIGEST: sha256:4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945}
      tasks: []
      newer: 0
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.slipway.gitops.plugins.plugin_utils._pipeline_runs import pipeline_run_status


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"pipeline_run_status": pipeline_run_status}
