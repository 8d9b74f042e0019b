#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: tekton_pipeline_run
short_description: Start a run of a Tekton Pipeline, and follow it to its end
version_added: 0.1.0
description:
  - Starts a PipelineRun, waits until it has ended and returns its results. A run that fails is an error with the step
    that failed and the last lines of its log.
  - A run with O(name) is started once. If there is one of this name with the same Pipeline and parameters, it is
    followed, and nothing is changed. Without a name every call starts a run.
  - Parameters and workspaces are compared with what the Pipeline asks for before anything is started. In check mode
    Kubernetes, with Tekton's admission, is asked whether it would take the run.
options:
  state:
    description:
      - V(present) starts the run and follows it.
      - V(cancelled) ends a run; its C(finally) tasks still run.
      - V(absent) deletes it, with its pods and their logs.
    type: str
    choices: [present, cancelled, absent]
    default: present
  kubeconfig:
    description: Kubeconfig of the cluster that Tekton runs on.
    type: path
    required: true
  kubeconfig_context:
    description: Context of the kubeconfig. Its current one if omitted.
    type: str
  namespace:
    description: Namespace of the Pipeline and of the run.
    type: str
    required: true
  name:
    description: Name of the run. Tekton makes one from the Pipeline's name if omitted.
    type: str
  pipeline:
    description: Name of the Pipeline. Required with O(state=present).
    type: str
  params:
    description: Parameters of the run, name to value. Numbers and booleans become texts, as Tekton knows no others.
    type: dict
    default: {}
  secret_params:
    description:
      - More parameters, whose values Ansible never shows.
      - Tekton keeps them in the run, where everyone can read them who may read runs. Give a Secret as a workspace where
        the Pipeline lets you.
    type: dict
    default: {}
  workspaces:
    description: The Pipeline's workspaces, with the field names of a PipelineRun (C(name) and one kind of volume).
    type: list
    elements: dict
    default: []
  service_account:
    description: ServiceAccount that the pods run as. Tekton's default if omitted.
    type: str
  labels:
    description: Labels of the run.
    type: dict
    default: {}
  annotations:
    description: Annotations of the run.
    type: dict
    default: {}
  spec:
    description: More of the run's specification, with its field names, such as C(timeouts) or C(taskRunTemplate).
    type: dict
    default: {}
  log_lines:
    description: Number of lines to show of the log of a step that failed.
    type: int
    default: 20
  wait:
    description:
      - Whether to wait until the run has ended. Without it the task ends when the run is made.
      - While it waits, the task prints how far the run is when it runs on a local connection.
    type: bool
    default: true
  wait_timeout:
    description: Longest time to wait, in seconds. The run goes on when it is over.
    type: int
    default: 1800
author:
  - Slipway contributors (@slipway-gitops)
extends_documentation_fragment:
  - slipway.gitops.attributes
  - slipway.gitops.attributes.waiting
"""

EXAMPLES = r"""
- name: Build a commit
  slipway.gitops.tekton_pipeline_run:
    kubeconfig: ~/.kube/slipway/hub.yaml
    namespace: ci
    pipeline: build
    params:
      repo: https://git.example.com/web.git
      revision: 9d72e9d67381c0100ef6f845306ec648145917e8
    workspaces:
      - name: source
        volumeClaimTemplate:
          spec:
            accessModes: [ReadWriteOnce]
            resources: {requests: {storage: 1Gi}}
  register: build

- name: Show the image
  ansible.builtin.debug:
    msg: "{{ build.results.IMAGE_DIGEST }}"

- name: End a run
  slipway.gitops.tekton_pipeline_run:
    state: cancelled
    kubeconfig: ~/.kube/slipway/hub.yaml
    namespace: ci
    name: build-7h2kq
"""

RETURN = r"""
name:
  description: Name of the run; null when there is none.
  returned: success
  type: str
  sample: build-7h2kq
status:
  description: V(started), V(running), V(succeeded), V(failed) or V(cancelled); null when there is no run.
  returned: success
  type: str
  sample: succeeded
results:
  description: The run's results, name to value.
  returned: success
  type: dict
  sample: {IMAGE_DIGEST: sha256:4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945}
tasks:
  description: The tasks that have begun, in the order they began in.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the task in the Pipeline.
      type: str
      returned: success
      sample: test
    status:
      description: V(started), V(running), V(succeeded), V(failed) or V(cancelled).
      type: str
      returned: success
      sample: succeeded
    reason:
      description: Tekton's word for it.
      type: str
      returned: success
      sample: Succeeded
    message:
      description: Tekton's sentence about it.
      type: str
      returned: success
      sample: All Steps have completed executing
    pod:
      description: Its pod; empty before there is one.
      type: str
      returned: success
      sample: build-7h2kq-test-pod
    seconds:
      description: How long it took; null before it has ended.
      type: int
      returned: success
      sample: 12
changes:
  description: What was changed, or would be in check mode, one sentence each.
  returned: always
  type: list
  elements: str
  sample: [start PipelineRun build-7h2kq]
diff:
  description: What is declared before and after.
  returned: success
  type: dict
  contains:
    before:
      description: Before; empty when there was no run.
      type: dict
      returned: success
      sample: {}
    after:
      description: After; empty when there is no run any more.
      type: dict
      returned: success
      sample: {spec: {pipelineRef: {name: build}}}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.slipway.gitops.plugins.module_utils._kubernetes.calls import Calls
from ansible_collections.slipway.gitops.plugins.module_utils._kubernetes.connection import Connection
from ansible_collections.slipway.gitops.plugins.module_utils._module import run_module
from ansible_collections.slipway.gitops.plugins.module_utils._outcome import Outcome
from ansible_collections.slipway.gitops.plugins.module_utils._progress import progress_from_environment
from ansible_collections.slipway.gitops.plugins.module_utils._tekton.pipeline_run import (
    PIPELINE_RUN_SPEC,
    PipelineRuns,
)
from ansible_collections.slipway.gitops.plugins.module_utils._waiter import Waiter


def bring_to_state(module: AnsibleModule) -> Outcome:
    params = module.params
    cluster = Calls(Connection(params["kubeconfig"], params["kubeconfig_context"] or ""))
    waiter = Waiter(params["wait_timeout"], progress_from_environment())
    runs = PipelineRuns(cluster, params, waiter, check_mode=module.check_mode)
    return {"present": runs.present, "cancelled": runs.cancelled, "absent": runs.absent}[params["state"]]()


def main() -> None:
    run_module(PIPELINE_RUN_SPEC, bring_to_state)


if __name__ == "__main__":
    main()
