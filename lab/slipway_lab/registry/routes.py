# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where nodes begin a pull from the registry: they are sent to it, or to the mirror for images that the lab makes.

The lab makes the examples' images under the registry's name, as nobody has pushed them. What was pushed comes first.
containerd has one list of hosts for a whole registry, and of a mirror that answers 404 and a registry that refuses it
reports only the 404.
"""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse

from slipway_lab.api.errors import not_found
from slipway_lab.build.image_catalogue import load_catalogue
from slipway_lab.build.oci import BlobStore
from slipway_lab.cluster.addresses import MIRROR_PORT
from slipway_lab.config import LabConfig
from slipway_lab.registry.address import NODE_PATH, REGISTRY_NAME
from slipway_lab.registry.storage import RegistryStorage

router = APIRouter(prefix=NODE_PATH)


class PullRoutes:
    """Which of the two has an image."""

    def __init__(self, config: LabConfig, storage: RegistryStorage) -> None:
        self._storage = storage
        self._mirror = f"http://{config.host_address}:{MIRROR_PORT}"
        self._made = {name for image in load_catalogue().values() for name in image.names}
        self._blobs = BlobStore(Path(config.cache) / "images")

    def url(self, name: str, kind: str, reference: str) -> str:
        """Where a manifest or blob (kind) with this tag or digest is; a path is at the registry itself."""
        path = f"/v2/{name}/{kind}/{reference}"
        if not self._storage.has(name, reference) and self._lab_makes(name, reference):
            return f"{self._mirror}{path}?ns={REGISTRY_NAME}"
        return path

    def _lab_makes(self, name: str, reference: str) -> bool:
        full_name = f"{REGISTRY_NAME}/{name}"
        if ":" not in reference:
            return f"{full_name}:{reference}" in self._made
        try:
            made = self._blobs.has(reference)
        except ValueError:
            return False
        return made and any(one.rpartition(":")[0] == full_name for one in self._made)


@router.api_route("/{name:path}/{kind}/{reference}", methods=["GET", "HEAD"])
def pull(name: str, kind: str, reference: str, request: Request) -> RedirectResponse:
    routes: PullRoutes | None = getattr(request.app.state, "pull_routes", None)
    if routes is None or kind not in ("manifests", "blobs"):
        raise not_found()
    return RedirectResponse(routes.url(name, kind, reference), status_code=307)
