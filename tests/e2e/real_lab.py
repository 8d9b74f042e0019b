# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A running lab with real nodes, in the form that playbook runs take a server."""

from __future__ import annotations

import ssl

import httpx
from slipway_lab.api.admin import AdminClient
from slipway_lab.config import LabConfig


class RealLab:
    """What reaches the lab's API, and its admin client."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self.url = environment["DIGITALOCEAN_API_URL"]
        self.ca_cert = environment["DIGITALOCEAN_CA_CERT"]
        self.token = environment["DIGITALOCEAN_TOKEN"]
        self.config = LabConfig.from_environment(environment)
        self.admin = AdminClient(self.config)

    def client(self) -> httpx.Client:
        """A client of the lab's API with full access."""
        return httpx.Client(
            base_url=self.url,
            verify=ssl.create_default_context(cafile=self.ca_cert),
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=60,
        )
