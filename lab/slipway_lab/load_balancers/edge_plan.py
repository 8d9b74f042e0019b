# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the edge is to carry: a file written by the lab's server and read by the edge (edge_server.py)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Rule:
    """One port. protocol: tcp or udp, below what the load balancer's own protocol is."""

    protocol: str
    port: int
    target_port: int


@dataclass(frozen=True)
class Check:
    """How targets are found to be well; times in seconds. protocol: tcp, http or https."""

    protocol: str
    port: int
    path: str
    interval: float
    timeout: float
    healthy_threshold: int
    unhealthy_threshold: int


@dataclass(frozen=True)
class Balancer:
    """One load balancer at its address.

    routed: packets go to the targets as they came (REGIONAL_NETWORK), otherwise each connection ends here and goes on
        as another one (REGIONAL)
    allow, deny: networks of clients; with nothing to allow all are that are not denied
    """

    address: str
    routed: bool
    rules: Sequence[Rule]
    targets: Sequence[str]
    check: Check
    proxy_protocol: bool
    allow: Sequence[str]
    deny: Sequence[str]


@dataclass(frozen=True)
class EdgePlan:
    balancers: Sequence[Balancer] = ()

    def write(self, file: Path) -> None:
        temporary = file.with_name(f"{file.name}.new")
        temporary.write_text(json.dumps(asdict(self), indent=1))
        temporary.replace(file)

    @classmethod
    def read(cls, file: Path) -> EdgePlan:
        return cls(tuple(_balancer(one) for one in json.loads(file.read_text())["balancers"]))


def _balancer(fields: Mapping[str, Any]) -> Balancer:
    return Balancer(
        **{
            **fields,
            "rules": tuple(Rule(**rule) for rule in fields["rules"]),
            "check": Check(**fields["check"]),
            **{name: tuple(fields[name]) for name in ("targets", "allow", "deny")},
        }
    )
