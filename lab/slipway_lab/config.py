# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a lab keeps its files and which addresses it uses, read once from the environment.

Two labs can run on one host when they differ in LAB_HOME, LAB_PORT and LAB_NETWORK.
"""

from __future__ import annotations

import hashlib
import ipaddress
import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class NodeKind(StrEnum):
    """What stands behind a cluster of the API."""

    REAL = "real"  # control plane and kubelets with containerd, in Linux namespaces (root on Linux)
    KWOK = "kwok"  # real control plane, nodes played by kwok (no root needed)
    NONE = "none"  # records only: the API answers, no Kubernetes runs (tests of the API itself)


class ConfigError(Exception):
    """A setting of the lab that cannot be used; the message names it and says what would do."""


@dataclass(frozen=True)
class LabConfig:
    """Settings of one lab.

    home: state, logs, keys and machines of this lab (LAB_HOME, default ~/.local/state/slipway-lab)
    cache: binaries and images, shared by all labs and checkouts (LAB_CACHE, default ~/.cache/slipway-lab)
    port: TCP port of the API on 127.0.0.1 (LAB_PORT, default 7443)
    network: /16 of the machines; its .0.1 is the host's end (LAB_NETWORK, default 172.30.0.0/16)
    nodes: what stands behind clusters (LAB_NODES: real, kwok, none; default real)
    provision_seconds: least time a new cluster or node stays in provisioning (LAB_PROVISION_SECONDS, default 0)
    """

    home: Path
    cache: Path
    port: int
    network: ipaddress.IPv4Network
    nodes: NodeKind
    provision_seconds: float

    @classmethod
    def from_environment(cls, environ: dict[str, str] | None = None) -> LabConfig:
        env = dict(os.environ) if environ is None else environ
        user_home = Path(env.get("HOME") or "~").expanduser()
        try:
            network = ipaddress.IPv4Network(env.get("LAB_NETWORK", "172.30.0.0/16"))
        except ValueError as error:
            raise ConfigError(f"LAB_NETWORK: {error}; give an IPv4 /16 such as 172.30.0.0/16") from error
        if network.prefixlen != 16 or not network.is_private:
            raise ConfigError(f"LAB_NETWORK is {network}; the lab needs a private IPv4 /16 such as 172.30.0.0/16")
        try:
            nodes = NodeKind(env.get("LAB_NODES", "real"))
        except ValueError as error:
            kinds = ", ".join(NodeKind)
            raise ConfigError(f"LAB_NODES is {env['LAB_NODES']!r}; it can be one of: {kinds}") from error
        try:
            port = int(env.get("LAB_PORT", "7443"))
            provision_seconds = float(env.get("LAB_PROVISION_SECONDS", "0"))
        except ValueError as error:
            raise ConfigError(f"LAB_PORT and LAB_PROVISION_SECONDS are numbers: {error}") from error
        return cls(
            home=Path(env.get("LAB_HOME") or user_home / ".local/state/slipway-lab").absolute(),
            cache=Path(env.get("LAB_CACHE") or user_home / ".cache/slipway-lab").absolute(),
            port=port,
            network=network,
            nodes=nodes,
            provision_seconds=provision_seconds,
        )

    def environment(self) -> dict[str, str]:
        """The variables that give from_environment these settings again."""
        return {
            "LAB_HOME": str(self.home),
            "LAB_CACHE": str(self.cache),
            "LAB_PORT": str(self.port),
            "LAB_NETWORK": str(self.network),
            "LAB_NODES": self.nodes.value,
            "LAB_PROVISION_SECONDS": str(self.provision_seconds),
        }

    @property
    def bridge(self) -> str:
        """Name of the bridge, unique per home (link names end at 15 characters)."""
        return "lab" + hashlib.sha256(str(self.home).encode()).hexdigest()[:8]

    @property
    def host_address(self) -> ipaddress.IPv4Address:
        """The host's address on the machines' network."""
        return self.network[1]

    @property
    def api_url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    @property
    def ca_file(self) -> Path:
        """CA certificate of the API's TLS, what DIGITALOCEAN_CA_CERT names."""
        return self.home / "pki" / "ca.crt"

    @property
    def database(self) -> Path:
        return self.home / "account.sqlite3"

    @property
    def mirror(self) -> Path:
        """Files that installations take from upstreams, as <upstream>/<version>/<path in its repository>."""
        return self.cache / "mirror"

    @property
    def logs(self) -> Path:
        return self.home / "log"
