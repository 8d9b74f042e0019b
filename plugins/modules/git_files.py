#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: git_files
short_description: Keep files of a Git repository as declared, by commits
version_added: 0.1.0
description:
  - Brings files of a branch to what is declared, in one commit, and pushes it. When they are so already nothing is
    committed.
  - A push that is refused because somebody else was quicker is made again on top of what they pushed. Nothing is ever
    pushed by force.
  - The repository is never checked out, so what is in it (such as links) touches nothing on this machine. Git's
    settings of the user and of the machine, hooks and credential helpers among them, are not used.
options:
  repo_url:
    description: URL of the repository, without name and password.
    type: str
    required: true
  branch:
    description: Branch to commit to. In an empty repository it is made.
    type: str
    default: main
  create_branch:
    description: Whether a branch that is missing is made, from the repository's default branch.
    type: bool
    default: false
  folder:
    description: Folder of the repository that the paths of O(files) start from. If empty, its root.
    type: str
    default: ""
  files:
    description: The files. Others stay as they are, unless O(purge) is set.
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description: Path from O(folder).
        type: str
        required: true
      content:
        description: Its content, written as UTF-8 exactly as given. Required unless O(files[].state=absent).
        type: str
      state:
        description: Whether the file shall be there.
        type: str
        choices: [present, absent]
        default: present
  purge:
    description: Whether files below O(folder) that are not declared are removed. Needs O(folder).
    type: bool
    default: false
  commit_message:
    description: Message of the commit. If omitted, one that names the files.
    type: str
  author_name:
    description: Name of the commit's author and committer.
    type: str
    default: Slipway
  author_email:
    description: Their e-mail address.
    type: str
    default: slipway@localhost
  username:
    description: Name for HTTP. If omitted, V(git), which servers that know tokens take.
    type: str
  token:
    description: Password or access token for HTTP.
    type: str
  ssh_key_file:
    description: Path of the private key for SSH. If omitted, what ssh itself finds.
    type: path
  ssh_known_hosts_file:
    description: File with the only host keys to trust. If omitted, what ssh itself trusts.
    type: path
  ca_cert:
    description: Path of a CA bundle in PEM format that is trusted instead of the system's.
    type: path
  push_attempts:
    description: How often to try while others are quicker.
    type: int
    default: 10
  git_timeout:
    description: Seconds that one git command may take.
    type: int
    default: 120
requirements:
  - git 2.31 or newer
notes:
  - The diff shows the content of the files. Do not commit secrets that are not encrypted.
author:
  - Slipway contributors (@slipway-gitops)
extends_documentation_fragment:
  - slipway.gitops.attributes
"""

EXAMPLES = r"""
- name: The image that production shall run
  slipway.gitops.git_files:
    repo_url: https://git.example.com/apps.git
    token: "{{ git_token }}"
    folder: web/overlays/prod
    files:
      - path: image.yaml
        content: "{{ image_patch }}"
    commit_message: "web: promote {{ image_digest }}"

- name: Exactly these files in a folder
  slipway.gitops.git_files:
    repo_url: git@git.example.com:platform.git
    ssh_key_file: ~/.ssh/deploy
    folder: components/tekton
    files:
      - {path: applications/hub.yaml, content: "{{ application }}"}
    purge: true
"""

RETURN = r"""
commit:
  description: The commit that holds the files; null in a repository without any. In check mode, the one that is there.
  returned: success
  type: str
  sample: 9d72e9d67381c0100ef6f845306ec648145917e8
before_commit:
  description: The commit before; null when there was none.
  returned: success
  type: str
  sample: 3f786850e387550fdab836ed7e6dc881de23001b
branch:
  description: The branch.
  returned: success
  type: str
  sample: main
changes:
  description: What was changed, or would be in check mode, one sentence each.
  returned: always
  type: list
  elements: str
  sample: ["change web/overlays/prod/image.yaml"]
diff:
  description: Content of each changed file before and after.
  returned: success
  type: list
  elements: dict
  contains:
    before_header:
      description: Path of the file.
      type: str
      returned: success
      sample: web/overlays/prod/image.yaml
    after_header:
      description: The same.
      type: str
      returned: success
      sample: web/overlays/prod/image.yaml
    before:
      description: Its content before; empty when it was not there.
      type: str
      returned: success
      sample: "image: a\n"
    after:
      description: Its content after; empty when it is not there any more.
      type: str
      returned: success
      sample: "image: b\n"
"""

from ansible_collections.slipway.gitops.plugins.module_utils._git.keep_files import FILES_SPEC, keep_files
from ansible_collections.slipway.gitops.plugins.module_utils._module import run_module


def main() -> None:
    run_module(FILES_SPEC, lambda module: keep_files(module.params, check_mode=module.check_mode))


if __name__ == "__main__":
    main()
