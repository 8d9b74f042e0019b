# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images and release manifests of upstreams that release with ko, as ko makes them of the upstream's Go module.

A release is `ko resolve -f <folder> -t <version>`: the folder's manifests one after another, each ko://<import path>
replaced by the image of that command, and the word "devel" in version labels by the version. Unlike upstream's, the
references have no digest.
Source: https://ko.build/configuration/, and tekton/publish.yaml in each of Tekton's repositories.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from slipway_lab.build.errors import BuildError
from slipway_lab.build.upstreams import Upstream

# Where ko puts the program, and a command's folder kodata.
PROGRAMS = "/ko-app"
DATA = "/var/run/ko"

_REFERENCE = re.compile(r"ko://(?P<path>[\w./-]+)")
# What tekton/publish.yaml rewrites: labels and environment of the name (something/)version or (something/)release.
_DEVEL = re.compile(r'(?P<key>\b(?:version|release)"?): "devel"')
_IMAGE_BY_DIGEST = re.compile(r"(?P<repository>[\w.-]+(?:/[\w.-]+)+)(?::[\w.-]+)?@sha256:[0-9a-f]{64}")


def image_name(upstream: Upstream, package: str) -> str:
    """Reference of the image of a command, such as cmd/controller: ko's default name with the version as its tag."""
    path = f"{upstream.module}/{package}"
    checksum = hashlib.md5(path.encode(), usedforsecurity=False).hexdigest()
    registry = upstream.module.replace("github.com/", "ghcr.io/", 1)
    return f"{registry}/{package.rpartition('/')[2]}-{checksum}:{upstream.version}"


def release(upstream: Upstream, folder: Path, *, recursive: bool, other_images: Mapping[str, str]) -> str:
    """The release manifest that ko makes of a folder of the upstream's module. Raises BuildError.

    recursive: with the folders below it (ko resolve -R)
    other_images: repositories of images that manifests name by digest -> what they are to name instead
    """
    files = sorted(folder.rglob("*.yaml") if recursive else folder.glob("*.yaml"))
    if not files:
        raise BuildError(f"{upstream.name} {upstream.version}: there is no manifest in {folder}")
    text = "---\n".join(file.read_text().rstrip() + "\n" for file in files)

    def resolve(match: re.Match[str]) -> str:
        path = match["path"]
        if not path.startswith(f"{upstream.module}/"):
            raise BuildError(f"{upstream.name} {upstream.version}: {folder} names {path}, which is of another module")
        return image_name(upstream, path.removeprefix(f"{upstream.module}/"))

    text = _REFERENCE.sub(resolve, text)
    text = _DEVEL.sub(rf'\g<key>: "{upstream.version}"', text)
    return _IMAGE_BY_DIGEST.sub(lambda match: other_images.get(match["repository"], match[0]), text)
