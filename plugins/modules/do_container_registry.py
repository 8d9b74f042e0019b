#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: do_container_registry
short_description: Create, change or remove a container registry of DigitalOcean
version_added: 0.1.0
description:
  - Brings a container registry, the account's tier and the clusters that pull from it to what is declared.
  - The registry is found by its exact name; no other registry of the account is ever touched.
  - What is not declared is left as it is. The region of an existing registry cannot be changed, which fails.
options:
  state:
    description:
      - V(present) creates the registry or changes what differs.
      - V(absent) removes it. O(images) says what happens to one that is not empty.
    type: str
    choices: [present, absent]
    default: present
  name:
    description: Name of the registry, unique in the whole of DigitalOcean; lowercase letters, digits and dashes.
    type: str
    required: true
  region:
    description:
      - Slug of the region, such as V(fra1). Not every region has registries.
      - If omitted DigitalOcean chooses one. It cannot be changed.
    type: str
  tier:
    description:
      - Subscription tier. It belongs to the account, and so counts for all its registries.
      - V(starter) and V(basic) include one registry, V(professional) ten.
      - If omitted the tier stays as it is.
    type: str
    choices: [starter, basic, professional]
  clusters:
    description:
      - Names or UUIDs of clusters that shall pull from the registry. DOKS puts a read-only pull secret named after the
        registry into every namespace of them. Clusters that are not named are left as they are.
      - The API shows only whether a cluster is integrated with some registry. With several registries in the account,
        a cluster that is integrated already is left alone with a warning; see O(force_integration).
    type: list
    elements: str
  detached_clusters:
    description: Names or UUIDs of clusters that shall not pull from the registry. One that does not exist is fine.
    type: list
    elements: str
  force_integration:
    description:
      - Whether O(clusters) and O(detached_clusters) are sent also where the API does not show if it is so already.
        The task then reports a change every time.
    type: bool
    default: false
  images:
    description:
      - What O(state=absent) does with a registry that holds images.
      - V(fail) fails naming them; V(keep) leaves the registry and warns; V(delete) deletes the registry with them.
    type: str
    choices: [fail, keep, delete]
    default: fail
  wait:
    description:
      - Whether to wait for a registry, or a cluster that shall pull from it, that DigitalOcean is at work on, such as a
        registry whose garbage is collected. Without it the refusal ends the task.
      - While it waits, the task prints how far the work is when it runs on a local connection.
    type: bool
    default: true
  wait_timeout:
    description: Longest time to wait in all, in seconds. A collection of garbage takes a quarter of an hour at times.
    type: int
    default: 1200
author:
  - Slipway contributors (@slipway-gitops)
seealso:
  - module: slipway.gitops.do_container_registry_credentials
extends_documentation_fragment:
  - slipway.gitops.digitalocean
  - slipway.gitops.attributes
  - slipway.gitops.attributes.digitalocean_group
  - slipway.gitops.attributes.waiting
"""

EXAMPLES = r"""
- name: A registry that two clusters pull from
  slipway.gitops.do_container_registry:
    name: slipway-example
    region: fra1
    tier: basic
    clusters: [dev, prod]

- name: Stop a cluster from pulling
  slipway.gitops.do_container_registry:
    name: slipway-example
    detached_clusters: [dev]

- name: Remove it with everything in it
  slipway.gitops.do_container_registry:
    name: slipway-example
    state: absent
    images: delete
"""

RETURN = r"""
registry:
  description:
    - The registry as the API shows it; null when there is none. In check mode it is what it would be, without what only
      DigitalOcean knows.
  returned: success
  type: dict
  sample:
    name: slipway-example
    region: fra1
    storage_usage_bytes: 29393920
    storage_usage_bytes_updated_at: "2026-11-20T19:20:47Z"
    created_at: "2026-11-20T19:20:47Z"
endpoint:
  description: What the names of images begin with. Null without a registry.
  returned: success
  type: str
  sample: registry.digitalocean.com/slipway-example
changes:
  description: What was changed, or would be in check mode, one sentence each. On failure, what had been done before.
  returned: always
  type: list
  elements: str
  sample: ["create container registry slipway-example in fra1"]
diff:
  description: The declared values before and after.
  returned: success
  type: dict
  contains:
    before:
      description: Values before; empty when the registry did not exist.
      type: dict
      returned: success
      sample: {}
    after:
      description: Values after; empty when it does not exist any more.
      type: dict
      returned: success
      sample: {name: slipway-example, region: fra1, tier: basic, clusters: {dev: true}}
"""

from ansible_collections.slipway.gitops.plugins.module_utils._argument_spec import wait_spec
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.container_registry import (
    REGISTRY_SPEC,
    ContainerRegistry,
)
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.module import run_resource


def main() -> None:
    run_resource(REGISTRY_SPEC.merge(wait_spec(1200)), ContainerRegistry)


if __name__ == "__main__":
    main()
