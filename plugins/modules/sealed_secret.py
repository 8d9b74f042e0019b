#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: sealed_secret
short_description: Seal a Secret into a file that may live in Git
version_added: 0.1.0
description:
  - Writes a SealedSecret, which only the Sealed Secrets controller of one cluster can open, into a file.
  - Seals here, with the controller's certificate; the values leave this machine sealed only.
  - Values that did not change keep their sealed text, whoever sealed them (this module or C(kubeseal)), so a second run
    changes nothing. Sealing is random, so this takes somebody who can open what is there. That is the cluster itself
    (O(kubeconfig)) or a backup of its sealing keys (O(sealing_keys_path)). Without one of them a new file can be
    written, and a file that has values already fails.
  - Nothing that would help to guess a value is written into the file.
options:
  state:
    description:
      - V(present) writes the file.
      - V(absent) removes it. The Secret in the cluster goes when the SealedSecret is deleted there.
    type: str
    choices: [present, absent]
    default: present
  path:
    description: The file; it holds this one SealedSecret and nothing else. Missing folders are made.
    type: path
    required: true
  name:
    description: Name of the SealedSecret, and of the Secret that the controller makes of it.
    type: str
    required: true
  namespace:
    description: Its namespace.
    type: str
    required: true
  scope:
    description:
      - Where the values can be opened.
      - V(strict) only under this name in this namespace; V(namespace-wide) under any name in this namespace;
        V(cluster-wide) anywhere in the cluster.
      - Another scope seals everything again.
    type: str
    choices: [strict, namespace-wide, cluster-wide]
    default: strict
  type:
    description: Type of the Secret, such as V(kubernetes.io/dockerconfigjson). Kubernetes takes V(Opaque) if omitted.
    type: str
  data:
    description: Keys of the Secret and their values, as text.
    type: dict
    default: {}
  data_base64:
    description: Keys of the Secret and their values in base64, for values that are not text.
    type: dict
    default: {}
  purge_data:
    description: Remove keys that are in the file and not declared. If V(false) they stay as they are.
    type: bool
    default: false
  labels:
    description: Labels of the Secret. If omitted they stay as they are.
    type: dict
  annotations:
    description: Annotations of the Secret, without those of the scope. If omitted they stay as they are.
    type: dict
  immutable:
    description: Whether the Secret can be changed once it is made. If omitted this stays as it is.
    type: bool
  certificate:
    description: The controller's certificate, in PEM. Taken from the cluster when no certificate is given.
    type: str
  certificate_path:
    description: Path of the controller's certificate, in PEM.
    type: path
  kubeconfig:
    description: Kubeconfig of the cluster that opens the SealedSecret. Needs the right to read it and its Secret.
    type: path
  kubeconfig_context:
    description: Context of the kubeconfig. Its current one if omitted.
    type: str
  controller_namespace:
    description: Namespace of the controller.
    type: str
    default: kube-system
  controller_name:
    description: Name of the controller's Service.
    type: str
    default: sealed-secrets-controller
  sealing_keys_path:
    description:
      - Backup of the controller's sealing keys, YAML as C(kubectl get secret -o yaml) gives it.
      - Whoever has this file can open everything that was sealed for the cluster.
    type: path
  reseal:
    description:
      - V(changed) seals values that are new or different, and those that the cluster cannot open.
      - V(all) seals every declared value again, as after a sealing key was lost. This always changes
        the file.
    type: str
    choices: [changed, all]
    default: changed
notes:
  - "The format is upstream's: https://github.com/bitnami/sealed-secrets/blob/main/docs/developer/crypto.md"
  - A value that is in the file and was not applied to the cluster yet cannot be compared by O(kubeconfig), so it is
    sealed again.
author:
  - Slipway contributors (@slipway-gitops)
extends_documentation_fragment:
  - slipway.gitops.attributes
"""

EXAMPLES = r"""
- name: The registry's pull secret, sealed for dev
  slipway.gitops.sealed_secret:
    path: deploy/overlays/dev/registry.sealed.yaml
    name: registry
    namespace: web
    type: kubernetes.io/dockerconfigjson
    data:
      .dockerconfigjson: "{{ registry_credentials.dockerconfigjson }}"
    kubeconfig: ~/.kube/slipway/dev.yaml

- name: Without access to the cluster, from its certificate and a backup of its keys
  slipway.gitops.sealed_secret:
    path: secrets/webhook.sealed.yaml
    name: webhook
    namespace: ci
    data:
      token: "{{ webhook_token }}"
    certificate_path: certificates/hub.pem
    sealing_keys_path: /run/secrets/hub-sealing-keys.yaml
"""

RETURN = r"""
path:
  description: The file.
  returned: success
  type: str
  sample: deploy/overlays/dev/registry.sealed.yaml
sealed_secret:
  description: The SealedSecret as the file has it, or would have it in check mode; null when there is none.
  returned: success
  type: dict
  sample:
    apiVersion: bitnami.com/v1alpha1
    kind: SealedSecret
    metadata: {name: registry, namespace: web}
    spec:
      encryptedData: {.dockerconfigjson: AgBy3i4OJSWK...}
      template:
        metadata: {name: registry, namespace: web}
        type: kubernetes.io/dockerconfigjson
changes:
  description: What was changed, or would be in check mode, one sentence each. Never a value.
  returned: always
  type: list
  elements: str
  sample: ["seal .dockerconfigjson again: its value changed"]
diff:
  description: The SealedSecret before and after; of a sealed value it has a short name, as the text tells nothing.
  returned: success
  type: dict
  contains:
    before:
      description: The SealedSecret before; empty when there was none.
      type: dict
      returned: success
      sample: {}
    after:
      description: The SealedSecret after; empty when there is none any more.
      type: dict
      returned: success
      sample:
        kind: SealedSecret
        spec: {encryptedData: {.dockerconfigjson: sealed anew}}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.slipway.gitops.plugins.module_utils._module import run_module
from ansible_collections.slipway.gitops.plugins.module_utils._outcome import Outcome
from ansible_collections.slipway.gitops.plugins.module_utils._sealed_secrets.access import opener, public_key
from ansible_collections.slipway.gitops.plugins.module_utils._sealed_secrets.sealed_secret_file import (
    SEALED_SECRET_SPEC,
    SealedSecretFile,
)


def bring_to_state(module: AnsibleModule) -> Outcome:
    params = module.params
    file = SealedSecretFile(params, lambda: public_key(params), lambda: opener(params), check_mode=module.check_mode)
    return file.absent() if params["state"] == "absent" else file.present()


def main() -> None:
    run_module(SEALED_SECRET_SPEC, bring_to_state)


if __name__ == "__main__":
    main()
