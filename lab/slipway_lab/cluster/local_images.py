# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's images, served to machines from this process; those of a set are made when first pulled."""

from __future__ import annotations

import errno
import logging
from collections.abc import Callable

from slipway_lab.backend import BackendError
from slipway_lab.build.binaries import BinaryCache
from slipway_lab.build.errors import BuildError
from slipway_lab.build.image_catalogue import load_catalogue
from slipway_lab.build.image_mirror import FindImage, ImageMirror
from slipway_lab.build.images import ImageStore
from slipway_lab.cluster.addresses import MIRROR_PORT
from slipway_lab.config import LabConfig

_logger = logging.getLogger(__name__)


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
        store.ensure((image for image in load_catalogue().values() if not image.set), progress)
        try:
            self._mirror = ImageMirror(address, MIRROR_PORT, store.blobs, _finder(store))
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


def _finder(store: ImageStore) -> FindImage:
    """Looks images up by name, making those that are not there yet; one that fails is tried again at the next pull."""
    by_name = {name: image for image in load_catalogue().values() for name in image.names}
    found: dict[str, str] = {}

    def find(name: str) -> str | None:
        image = by_name.get(name)
        if image is not None and name not in found:
            try:
                found.update(store.ensure([image], _logger.info))
            except BuildError as error:
                _logger.error("%s: %s", name, error)
                raise
        return found.get(name)

    return find
