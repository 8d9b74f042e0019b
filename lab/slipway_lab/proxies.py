# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A user's HTTP proxy, as companies have it, leads out of the house; the lab is on this machine."""

from __future__ import annotations

from collections.abc import Mapping

from slipway_lab.config import LabConfig

# Programs read one or the other; where a program reads both, the small letters win.
_EXCEPTIONS = ("no_proxy", "NO_PROXY")


def without_proxies(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment for a program that talks to the lab alone."""
    return {name: value for name, value in environment.items() if not name.lower().endswith("_proxy")}


def no_proxy(config: LabConfig, environment: Mapping[str, str]) -> dict[str, str]:
    """Variables that keep the proxy out of the way to the lab, and to whatever needed none before.

    The network stands there as a range, which curl, git, Go programs and Python's requests know, and the host's address
    beside it for those that do not.
    """
    known = [item for name in _EXCEPTIONS for item in environment.get(name, "").split(",")]
    ours = ["127.0.0.1", "localhost", str(config.host_address), str(config.network)]
    value = ",".join(dict.fromkeys(item.strip() for item in [*known, *ours] if item.strip()))
    return dict.fromkeys(_EXCEPTIONS, value)
