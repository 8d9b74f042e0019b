# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the names of a lab's applications answer, asked as a browser would: the lab's DNS, then the load balancer."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx
from slipway_lab.config import LabConfig
from slipway_lab.dns.lookup import resolve

# What the web app is called in each environment of inventories/local.
NAMES = {"dev": "web.dev.example.com", "prod": "web.prod.example.com"}


def address(config: LabConfig, name: str) -> str:
    """What the lab's DNS answers."""
    [found] = resolve(config, name)
    return found


def ask(config: LabConfig, name: str) -> httpx.Response:
    """What a host of the account's zone answers on port 80."""
    return httpx.get(f"http://{address(config, name)}/", headers={"Host": name}, timeout=10, trust_env=False)


def says(config: LabConfig, name: str) -> dict[str, Any]:
    """What the web app answers under a name (version, commit, environment, ...); empty while nobody does."""
    try:
        answer = ask(config, name)
    except httpx.TransportError:
        return {}
    return dict(answer.json()) if answer.status_code == 200 else {}


def wait_until(config: LabConfig, name: str, wanted: dict[str, str], seconds: float,
               look: Callable[[], object] = lambda: None) -> dict[str, Any]:  # fmt: skip
    """Ask once a second until the answer has these fields, and return it; exits when it never has.

    look: called after each answer that has not
    """
    started = time.monotonic()
    while not wanted.items() <= (said := says(config, name)).items():
        if time.monotonic() - started > seconds:
            raise SystemExit(f"http://{name}/ does not say {wanted} after {seconds:.0f} s, but {said or 'nothing'}")
        look()
        time.sleep(1)
    return said
