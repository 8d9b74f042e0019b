# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""What an object would be after an apply of a manifest, with the fields that the manifest leaves to the cluster. Pure.

A manifest that says {containerPort: 80} is an object that says {containerPort: 80, protocol: TCP}: what Kubernetes
fills in is no difference, in lists neither.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

# What items of Kubernetes' lists are known by, the first that all of them have and that tells them apart.
IDENTITIES = ("name", "containerPort", "port", "mountPath", "devicePath", "key", "ip", "type", "kind")


def overlaid(live: Any, manifest: Any) -> Any:
    """The live value with the manifest's put in: an apply leaves what others own, and what the cluster filled in."""
    if isinstance(live, Mapping) and isinstance(manifest, Mapping):
        return {**live, **{key: overlaid(live.get(key), value) for key, value in manifest.items()}}
    if isinstance(live, list) and isinstance(manifest, list):
        return [overlaid(item, wanted) for item, wanted in _matched(live, manifest)]
    return manifest


def rebased(predicted: Any, was: Any, now: Any) -> Any:
    """What an apply of one manifest makes, when it is known what an apply of another one does.

    predicted: that; was, now: the other manifest, and the one that counts
    """
    if was == now:
        return predicted
    if isinstance(predicted, Mapping) and isinstance(was, Mapping) and isinstance(now, Mapping):
        kept = {key: value for key, value in predicted.items() if key in now or key not in was}
        put = {
            key: rebased(predicted.get(key), was[key], value) if key in was else overlaid(predicted.get(key), value)
            for key, value in now.items()
        }
        return {**kept, **put}
    if isinstance(predicted, list) and isinstance(was, list) and isinstance(now, list):
        return _rebased_list(predicted, was, now)
    return overlaid(predicted, now)


def _rebased_list(predicted: list[Any], was: list[Any], now: list[Any]) -> list[Any]:
    before = [item for item, _wanted in _matched(was, now)]
    there = [item for item, _wanted in _matched(predicted, now)]
    result = [
        rebased(item, old, wanted) if old is not None else overlaid(item, wanted)
        for item, old, wanted in zip(there, before, now, strict=True)
    ]
    # What the cluster put in beside the manifest's own, such as the container of a mesh.
    known = _identity(was, predicted)
    names = {item[known] for item in was} if known else set()
    return result + [item for item in predicted if known and item[known] not in names and item not in there]


def _matched(items: Sequence[Any], wanted: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
    """Each of wanted with the item that is the same thing, None for none."""
    identity = _identity(items, wanted)
    if identity:
        known = {item[identity]: item for item in items}
        yield from ((known.get(one[identity]), one) for one in wanted)
    elif len(items) == len(wanted):
        yield from zip(items, wanted, strict=True)
    else:
        yield from ((one if one in items else None, one) for one in wanted)


def _identity(*lists: Sequence[Any]) -> str:
    """The field that tells the items apart, "" for none."""
    for key in IDENTITIES:
        if all(_tells_apart(key, items) for items in lists):
            return key
    return ""


def _tells_apart(key: str, items: Sequence[Any]) -> bool:
    found = [item.get(key) if isinstance(item, Mapping) else None for item in items]
    return None not in found and len(set(map(str, found))) == len(found)
