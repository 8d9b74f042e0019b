# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What would be lost with applications, in words for people. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.slipway.gitops.plugins.plugin_utils._plain import plain

SHOWN = 12


def application_losses(deployed: Mapping[str, Any], names: Sequence[str]) -> list[str]:
    """A sentence on each of the applications: what is deleted with it, volumes first, and which volumes are not.

    deployed: what each has, by namespace/name, as argocd_application_info returns it
    """
    by_name = {key.rpartition("/")[2]: value for key, value in plain(dict(deployed)).items()}
    return [_sentence(name, by_name.get(name)) for name in sorted(set(names))]


def _sentence(name: str, found: dict[str, list[str]] | None) -> str:
    if found is None:
        return f"application {name}: it is not known what goes with it"
    volumes, staying = found["volumes"], found["volumes_staying"]
    others = [resource for resource in found["resources"] if resource not in volumes]
    parts = [
        f"volumes: {', '.join(volumes)}" if volumes else "no volumes",
        _short(others),
        f"{', '.join(staying)} {'stays' if len(staying) == 1 else 'stay'}" if staying else "",
    ]
    return f"with application {name} go {'; '.join(part for part in parts if part)}"


def _short(resources: list[str]) -> str:
    more = len(resources) - SHOWN
    return ", ".join(resources[:SHOWN]) + (f", and {more} more" if more > 0 else "")
