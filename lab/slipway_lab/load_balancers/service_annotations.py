# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Annotations of Services that DigitalOcean's cloud controller knows, as it reads them (its v0.1.68).

https://github.com/digitalocean/digitalocean-cloud-controller-manager, docs/controllers/services/annotations.md
"""

from __future__ import annotations

from collections.abc import Mapping

from slipway_lab.load_balancers.errors import LoadBalancerError

LOAD_BALANCER_ID = "kubernetes.digitalocean.com/load-balancer-id"
DISOWN = "service.kubernetes.io/do-loadbalancer-disown"
BASE = "service.beta.kubernetes.io/do-loadbalancer-"
TYPE = f"{BASE}type"
# What Go's strconv.ParseBool takes.
_TRUE, _FALSE = ("1", "t", "T", "TRUE", "true", "True"), ("0", "f", "F", "FALSE", "false", "False")


class Annotations:
    """The annotations of one Service; names are without BASE."""

    def __init__(self, annotations: Mapping[str, str] | None) -> None:
        self._annotations = annotations or {}

    def get(self, name: str, default: str = "") -> str:
        return self._annotations.get(BASE + name, default)

    def has(self, name: str) -> bool:
        return BASE + name in self._annotations

    @property
    def load_balancer_id(self) -> str:
        return self._annotations.get(LOAD_BALANCER_ID, "")

    @property
    def disowned(self) -> bool:
        return self._boolean(DISOWN)

    def boolean(self, name: str) -> bool:
        """False when it is absent."""
        return self._boolean(BASE + name)

    def _boolean(self, key: str) -> bool:
        value = self._annotations.get(key, "false")
        if value not in (*_TRUE, *_FALSE):
            raise LoadBalancerError(f"annotation {key}: {value!r} is not true or false")
        return value in _TRUE

    def choice(self, name: str, choices: tuple[str, ...], default: str) -> str:
        value = self.get(name) or default
        if value not in choices:
            raise LoadBalancerError(f"annotation {BASE}{name}: {value!r} is none of {', '.join(choices)}")
        return value

    def number(self, name: str, default: int) -> int:
        return self._number(name, self.get(name)) if self.has(name) else default

    def numbers(self, name: str) -> list[int]:
        """A list with commas; empty when it is absent."""
        return [self._number(name, part) for part in self.get(name).split(",")] if self.get(name) else []

    def texts(self, name: str) -> list[str]:
        """A list with commas; empty when it is absent."""
        return [part.strip() for part in self.get(name).split(",")] if self.get(name) else []

    def _number(self, name: str, value: str) -> int:
        try:
            return int(value)
        except ValueError as error:
            raise LoadBalancerError(f"annotation {BASE}{name}: {value!r} is not a number") from error
