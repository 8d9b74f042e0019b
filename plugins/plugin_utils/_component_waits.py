# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Conditions that objects of a component shall meet, as JMESPath expressions. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.slipway.gitops.plugins.plugin_utils._plain import plain

try:
    import jmespath
    from jmespath.exceptions import JMESPathError
except ImportError:
    HAVE_JMESPATH = False
else:
    HAVE_JMESPATH = True

SHOWN_CHARACTERS = 200


def problems(waits: Sequence[Mapping[str, Any]], clusters: Sequence[str]) -> list[str]:
    """What is wrong with conditions, one sentence each. clusters: those the component is on."""
    if waits and not HAVE_JMESPATH:
        return ["component_wait needs the Python library jmespath on the machine that Ansible runs on"]
    found = []
    for number, wait in enumerate(plain(list(waits)), 1):
        where = f"component_wait[{number}]"
        missing = [key for key in ("api_version", "kind", "name", "condition") if not wait.get(key)]
        found += [f"{where} has no {', '.join(missing)}"] if missing else []
        if wait.get("cluster") and wait["cluster"] not in clusters:
            found.append(f"{where}.cluster is {wait['cluster']}, where the component is not ({', '.join(clusters)})")
        try:
            jmespath.compile(str(wait.get("condition") or "@"))
        except JMESPathError as error:
            why = str(error).splitlines()[0].rstrip(":")
            found.append(f"{where}.condition is {wait['condition']!r}, which is no JMESPath expression: {why}")
    return found


def unmet(results: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The waits that are not over, each with its finding.

    results: of a look at each: item (the wait, with its cluster) and resources (the object, or none)
    """
    found = []
    for result in plain(list(results)):
        wait, objects = result["item"], result.get("resources") or []
        finding = _finding(wait, objects[0] if objects else None)
        if finding:
            found.append({**wait, "finding": finding})
    return found


def _finding(wait: Mapping[str, Any], live: Any) -> str:
    """What is missing, "" when nothing is."""
    place = f"{wait['namespace']}/" if wait.get("namespace") else ""
    label = f"{wait['cluster']}: {wait['kind']} {place}{wait['name']}"
    if live is None:
        return f"{label} is not there"
    try:
        value = jmespath.search(wait["condition"], live)
    except JMESPathError as error:
        # Such as a function that was given null: the field may come.
        return f"{label}: {wait['condition']} cannot be computed yet ({str(error).splitlines()[0]})"
    if value:
        return ""
    shown = json.dumps(value)
    return f"{label}: {wait['condition']} is {shown[:SHOWN_CHARACTERS]}"
