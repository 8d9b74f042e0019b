# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's images, made when first needed and served to machines from this process."""

from __future__ import annotations

import errno
from collections.abc import Callable

from slipway_lab.backend import BackendError
from slipway_lab.build.binaries import BinaryCache
from slipway_lab.build.image_catalogue import load_catalogue
from slipway_lab.build.image_mirror import ImageMirror
from slipway_lab.build.images import ImageStore
from slipway_lab.cluster.addresses import MIRROR_PORT
from slipway_lab.config import LabConfig


class LocalImages:
    """The image mirror on the lab's bridge. Not thread-safe; raises BuildError and BackendError."""

    def __init__(self, config: LabConfig) -> None:
        self._config = config
        self._mirror: ImageMirror | None = None

    def serve(self, address: str, progress: Callable[[str], None]) -> None:
        """Make what is missing and serve everything; fine when it is served already."""
        if self._mirror is not None:
            return
        store = ImageStore(self._config.cache, BinaryCache(self._config.cache))
        images = store.ensure(load_catalogue().values(), progress)
        try:
            self._mirror = ImageMirror(address, MIRROR_PORT, store.blobs, images)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise BackendError(
                    f"{address}:{MIRROR_PORT} is in use: another process runs the lab in {self._config.home}. "
                    "Stop it (`lab down`), or give this one another LAB_HOME, LAB_PORT and LAB_NETWORK."
                ) from error
            raise
        self._mirror.start()

    def stop(self) -> None:
        if self._mirror is not None:
            self._mirror.stop()
            self._mirror = None
