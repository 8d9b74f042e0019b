# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kubernetes clusters behind the API: real ones, ones whose nodes kwok plays, and mere records."""

from __future__ import annotations

from typing import Protocol

from slipway_lab.backend import ClusterBackend
from slipway_lab.cluster.host import is_set_up
from slipway_lab.cluster.kwok import KwokBackend
from slipway_lab.cluster.none import RecordsBackend
from slipway_lab.cluster.real import RealBackend
from slipway_lab.config import LabConfig, NodeKind


class StoppableBackend(ClusterBackend, Protocol):
    """A backend that can also end everything it runs."""

    def shut_down(self) -> None:
        """Stop every cluster and leave the host as it was before the lab; all data stays."""
        ...


def create_backend(config: LabConfig) -> StoppableBackend:
    """The backend for LAB_NODES. Cheap: nothing is built or started before the first cluster."""
    match config.nodes:
        case NodeKind.REAL:
            return RealBackend(config)
        case NodeKind.KWOK:
            return KwokBackend(config)
        case NodeKind.NONE:
            return RecordsBackend(config)


def shut_down_everything(config: LabConfig) -> None:
    """Stop what any kind of backend runs for this lab, whatever LAB_NODES is now; all data stays."""
    if is_set_up(config):
        RealBackend(config).shut_down()
    # What is left are plain processes.
    KwokBackend(config).shut_down()


__all__ = ["StoppableBackend", "create_backend", "shut_down_everything"]
