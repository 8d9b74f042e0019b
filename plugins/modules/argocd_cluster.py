#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: argocd_cluster
short_description: Register, change or remove a cluster of Argo CD
version_added: 0.1.0
description:
  - Registers a cluster with credentials, labels and annotations, changes what differs, or removes it.
  - Credentials are written whole, and only when they differ. The API never returns them, so a salted one-way mark
    of O(config) is kept in the annotation C(slipway.gitops/config-fingerprint). Credentials are written again when
    the mark is of others or missing, or when Argo CD reports that the cluster refuses them.
  - Labels and annotations of others stay. Two entries for one server, which differ by a slash, cannot come about.
options:
  state:
    description: Whether the cluster shall be registered. V(absent) removes every entry of its server.
    type: str
    choices: [present, absent]
    default: present
  server:
    description: URL of its Kubernetes API. It is the identity of an entry and cannot be changed.
    type: str
  name:
    description: Name by which applications can choose it. Required with O(state=absent) when O(server) is not given.
    type: str
  config:
    description: How to reach it and with which credentials. If omitted, what is stored stays.
    type: dict
    suboptions:
      bearer_token:
        description: Token of a service account.
        type: str
      username:
        description: User name for basic authentication.
        type: str
      password:
        description: Password for basic authentication.
        type: str
      tls_client_config:
        description: TLS settings.
        type: dict
        suboptions:
          ca_data:
            description: CA of the Kubernetes API, in PEM or base64 of that.
            type: str
          cert_data:
            description: Client certificate, in PEM or base64 of that.
            type: str
          key_data:
            description: Private key of the client certificate, in PEM or base64 of that.
            type: str
          insecure:
            description: Whether the server's certificate is not checked.
            type: bool
          server_name:
            description: Name to check in the server's certificate in place of the host's.
            type: str
      aws_auth_config:
        description: Credentials from AWS IAM.
        type: dict
        suboptions:
          cluster_name:
            description: Name of the EKS cluster.
            type: str
          role_arn:
            description: Role to assume.
            type: str
          profile:
            description: Path of a file with a profile.
            type: str
      exec_provider_config:
        description: A program in Argo CD's pods that gives credentials.
        type: dict
        suboptions:
          command:
            description: The program.
            type: str
          args:
            description: Its arguments.
            type: list
            elements: str
          env:
            description: Its environment.
            type: dict
          api_version:
            description: Version of the ExecCredential it gives.
            type: str
          install_hint:
            description: Text for when the program is missing.
            type: str
          provide_cluster_info:
            description: Whether the program is told of the cluster.
            type: bool
          config:
            description: Configuration for the program.
            type: raw
      proxy_url:
        description: Proxy on the way to the cluster.
        type: str
      disable_compression:
        description: Whether answers shall come uncompressed.
        type: bool
  project:
    description: Project that the cluster is kept for. V("") makes it available to all.
    type: str
  namespaces:
    description: Namespaces that Argo CD looks after. An empty list is all of them.
    type: list
    elements: str
  cluster_resources:
    description: Whether resources without a namespace are looked after when O(namespaces) is given.
    type: bool
  shard:
    description: Shard of the application controller. V(-1) lets Argo CD choose.
    type: int
  labels:
    description: Labels. Others stay as they are; a label with the value V(null) is removed.
    type: dict
  annotations:
    description: Annotations. Others stay as they are; an annotation with the value V(null) is removed.
    type: dict
  purge:
    description: Of these, everything that is not declared is removed.
    type: list
    elements: str
    choices: [labels, annotations]
    default: []
  verify_credentials:
    description:
      - Whether to ask the cluster, from where the module runs, who the credentials are, before Argo CD gets them. Argo
        CD itself only reads the version, which Kubernetes tells everyone.
      - Not done for O(config.exec_provider_config), O(config.aws_auth_config) and O(config.proxy_url).
    type: bool
    default: true
  wait_timeout:
    description:
      - Seconds to wait for Argo CD to use the cluster. It tells of that every 10 seconds. Other credentials for a
        cluster with applications take two such rounds, since the first may still be about those before.
    type: int
    default: 60
notes:
  - On removal Argo CD deletes a Secret only when it made it itself. Of one that was made another way it takes the
    label away, and the credentials stay in the Secret.
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
- name: Register dev with what applications need to know of it
  slipway.gitops.argocd_cluster:
    server_url: https://argocd.example.com
    name: dev
    server: https://10.1.2.3
    config:
      bearer_token: "{{ dev_token }}"
      tls_client_config:
        ca_data: "{{ dev_ca }}"
    labels: {environment: dev, region: ams3}
    annotations: {domain: dev.example.com}

- name: Remove it
  slipway.gitops.argocd_cluster:
    server_url: https://argocd.example.com
    name: dev
    state: absent
"""

RETURN = r"""
cluster:
  description:
    - The cluster as the API shows it, without credentials; null when there is none. In check mode, what it would be.
  returned: success
  type: dict
  sample: {server: "https://10.1.2.3", name: dev, labels: {environment: dev}, connectionState: {status: Successful}}
changes:
  description: What was changed, or would be in check mode, one sentence each.
  returned: always
  type: list
  elements: str
  sample: ["register cluster dev at https://10.1.2.3"]
diff:
  description: The declared values before and after, without secrets.
  returned: success
  type: dict
  contains:
    before:
      description: Values before; empty when there was nothing.
      type: dict
      returned: success
      sample: {}
    after:
      description: Values after; empty when there is nothing any more.
      type: dict
      returned: success
      sample: {}
"""

from ansible_collections.slipway.gitops.plugins.module_utils._argocd.cluster import CLUSTER_SPEC, manage_cluster
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.module import run_module


def main() -> None:
    run_module(CLUSTER_SPEC, manage_cluster)


if __name__ == "__main__":
    main()
