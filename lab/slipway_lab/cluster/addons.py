# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every cluster has from the start: DNS and a default StorageClass."""

from __future__ import annotations

from pathlib import Path
from string import Template

import yaml

from slipway_lab.cluster.kubernetes_api import KubernetesApi

_MANIFESTS = ("coredns.yaml", "storage.yaml")


def apply_addons(api: KubernetesApi, dns_address: str, volumes: Path, host_address: str) -> None:
    """Apply the manifests beside this file.

    volumes: folder on the host that all nodes of the cluster share
    host_address: where the lab's container registry and its DNS server answer
    """
    values = {"dns_address": dns_address, "volumes": str(volumes), "host_address": host_address}
    for name in _MANIFESTS:
        text = Template((Path(__file__).parent / name).read_text()).substitute(values)
        for manifest in yaml.safe_load_all(text):
            api.apply(manifest)
