# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything a kind of node needs, made beforehand."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection

from slipway_lab.build.binaries import BinaryCache
from slipway_lab.build.image_catalogue import load_catalogue
from slipway_lab.build.images import ImageStore
from slipway_lab.build.mirror import fill_mirror
from slipway_lab.build.upstreams import kubernetes, needed_upstreams
from slipway_lab.config import LabConfig, NodeKind


def prepare(
    config: LabConfig,
    progress: Callable[[str], None],
    image_sets: Collection[str] = (),
    kubernetes_versions: Collection[str] = (),
) -> None:
    """Build what is missing in the cache for config.nodes. Raises BuildError.

    image_sets: sets of images to make too
    kubernetes_versions: to build besides the newest
    """
    started = time.monotonic()
    binaries = BinaryCache(config.cache)
    for upstream in (*needed_upstreams(config.nodes), *map(kubernetes, kubernetes_versions)):
        binaries.ensure(upstream, progress)
    if config.nodes is NodeKind.REAL:
        wanted = [image for image in load_catalogue().values() if not image.set or image.set in image_sets]
        ImageStore(config.cache, binaries).ensure(wanted, progress)
        fill_mirror(config.mirror, binaries, progress)
    progress(f"binaries and images for {config.nodes} nodes are at hand ({time.monotonic() - started:.0f} s)")
