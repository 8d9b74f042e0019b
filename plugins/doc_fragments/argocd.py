# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation that the argocd_* modules share."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  server_url:
    description:
      - Where Argo CD's server answers, with its root path if it has one, such as V(https://argocd.example.com).
        It must begin with V(https://), except on 127.0.0.1 and localhost.
      - Give either this or O(kubeconfig).
      - If not set, the environment variable E(ARGOCD_SERVER_URL) is used when it is set.
    type: str
  kubeconfig:
    description:
      - Path of a kubeconfig of the cluster that Argo CD runs in. The module then reaches the server by a port-forward
        of its own through the Kubernetes API, so neither DNS nor an ingress is needed.
      - With no credentials given it logs in as admin with the password that Argo CD left in the Secret
        C(argocd-initial-admin-secret).
      - The Kubernetes API authenticates both ends of the tunnel; the server's own certificate is not checked in it.
      - If not set, the environment variable E(ARGOCD_KUBECONFIG) is used when it is set.
    type: path
  kubeconfig_context:
    description: Context of O(kubeconfig). If omitted, its current one.
    type: str
  argocd_namespace:
    description: Namespace that Argo CD runs in, for O(kubeconfig).
    type: str
    default: argocd
  auth_token:
    description:
      - An API token of an account or project role.
      - If not set, the environment variable E(ARGOCD_AUTH_TOKEN) is used when it is set.
    type: str
  auth_username:
    description:
      - A local account to log in with. Needs O(auth_password).
      - If not set, the environment variable E(ARGOCD_USERNAME) is used when it is set.
    type: str
  auth_password:
    description:
      - Its password. Needs O(auth_username).
      - If not set, the environment variable E(ARGOCD_PASSWORD) is used when it is set.
    type: str
  session_dir:
    description:
      - Folder that keeps sessions between tasks, so that a play logs in once; Argo CD throttles logins. It is made with
        mode 0700, its files with 0600. A session is used only by tasks with the same server, account and password.
      - The default is C(slipway-argocd) below E(XDG_RUNTIME_DIR), else C(~/.cache/slipway/argocd-sessions).
      - If not set, the environment variable E(ARGOCD_SESSION_DIR) is used when it is set.
    type: path
  ca_cert:
    description:
      - Path of a CA bundle in PEM format that is trusted instead of the system's.
      - If not set, the environment variable E(ARGOCD_CA_CERT) is used when it is set.
    type: path
  validate_certs:
    description: Whether the server's certificate is checked. Turn it off for a first look only.
    type: bool
    default: true
  api_timeout:
    description: Seconds to wait for the answer to one call of the API.
    type: int
    default: 60
requirements:
  - requests
  - kubernetes (for O(kubeconfig))
notes:
  - Tested with Argo CD 3.5.
seealso:
  - name: Argo CD
    description: Documentation of Argo CD.
    link: https://argo-cd.readthedocs.io/
"""

    GROUP = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/slipway.gitops.argocd) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - slipway.gitops.argocd
"""

    WAITING = r"""
options:
  wait:
    description:
      - Whether to wait until Argo CD has done the work and shows it.
      - While it waits, the task prints how far the work is when it runs on a local connection.
    type: bool
    default: true
"""

    OBJECT = r"""
options:
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
    description:
      - Its specification, with the field names of Argo CD's API. Unknown fields and wrong types are refused by name,
        since the API would silently drop them.
      - Only the keys written here are owned. Objects are merged key by key, lists are replaced whole, and a key with
        the value V(null) is removed. Free-form content such as C(valuesObject) is one value.
    type: dict
  labels:
    description: Labels. Others stay as they are; a label with the value V(null) is removed.
    type: dict
  annotations:
    description:
      - Annotations. Others stay as they are; an annotation with the value V(null) is removed.
      - Those that Argo CD writes for itself are left out of comparisons.
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
"""

    REPOSITORY_CREDENTIALS = r"""
options:
  state:
    description: Whether it shall be there.
    type: str
    choices: [present, absent]
    default: present
  username:
    description: User name for HTTPS.
    type: str
  password:
    description: Password or access token for HTTPS. V("") removes it.
    type: str
  bearer_token:
    description: Bearer token for HTTPS, as Bitbucket Data Center takes it. V("") removes it.
    type: str
  ssh_private_key:
    description: Private key for SSH, in PEM. V("") removes it.
    type: str
  tls_client_cert_data:
    description: TLS client certificate, in PEM.
    type: str
  tls_client_cert_key:
    description: Private key of the TLS client certificate, in PEM. V("") removes it.
    type: str
  github_app_id:
    description: Id of a GitHub App.
    type: int
  github_app_installation_id:
    description: Id of its installation.
    type: int
  github_app_private_key:
    description: Private key of the GitHub App, in PEM. V("") removes it.
    type: str
  github_app_enterprise_base_url:
    description: Base URL of the API of a GitHub Enterprise server.
    type: str
  gcp_service_account_key:
    description: Key of a Google Cloud service account, as JSON text. V("") removes it.
    type: str
  azure_service_principal_client_id:
    description: Client id of an Azure service principal.
    type: str
  azure_service_principal_client_secret:
    description: Client secret of the Azure service principal. V("") removes it.
    type: str
  azure_service_principal_tenant_id:
    description: Tenant of the Azure service principal.
    type: str
  azure_active_directory_endpoint:
    description: Endpoint of Azure Active Directory, when it is not the public cloud's.
    type: str
  use_azure_workload_identity:
    description: Whether to use Azure workload identity.
    type: bool
  type:
    description: V(git), V(helm) or V(oci). The default for a new one is V(git).
    type: str
  enable_oci:
    description: Whether a Helm repository is an OCI registry.
    type: bool
  insecure_oci_force_http:
    description: Whether an OCI registry is reached over plain HTTP.
    type: bool
  force_http_basic_auth:
    description: Whether basic authentication is sent at once.
    type: bool
  proxy:
    description: URL of an HTTP proxy on the way.
    type: str
  no_proxy:
    description: Hosts that are reached without the proxy.
    type: str
"""

    ISSUED_ONCE = r"""
options: {}
notes:
  - A token is shown by Argo CD once, when it is made. Without C(path) it is in the result of the run that made it; use
    C(no_log) on that task.
  - A token is made anew with the same id. Between the removal of the old one and the new one is a moment without any.
"""
