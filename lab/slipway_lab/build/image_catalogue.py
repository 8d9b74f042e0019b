# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which images the lab makes: images.yaml, read into types.

Fields of an image:
names: full references it is pulled by
ko: instead of names, user, entrypoint and the program: upstream and package (such as cmd/controller) of an image as ko
    makes it; in manifests it is ko://<module>/<package>
go: version of Go whose toolchain is in /usr/local/go, such as 1.26.8
set: name of a set of images that is made only when asked for; images without one are what nodes need
rootfs: a Debian file system under everything else
    packages: Debian packages
    variant: minbase (a working system, maintainer scripts run) or extract (just the packages and what they depend on)
    users: accounts to add, name: numeric id
entrypoint, command, user, environment, working_directory: as in a Dockerfile
directories: path, mode (octal text, default 0755), owner (numeric, default 0)
files: path, mode (default 0644 for text and releases, else 0755), owner, and one source of
    upstream + binary: a binary of lab/upstreams
    upstream + source: a file of that upstream's Go module
    upstream + release: the release manifest that ko makes of that folder of the module; recursive for the folders below
        it, other_images for images that it names by digest (repository: what to name instead)
    example + binary + version: a program of examples/<example>, told that it is this version
    package + member: a file of a Debian package
    text: the content itself
links: path, target
busybox_applets: folder that gets one link for every applet of the image's /bin/busybox
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from slipway_lab.build import ko
from slipway_lab.build.upstreams import UPSTREAMS

CATALOGUE_FILE = Path(__file__).with_name("images.yaml")

_KO_ACCOUNTS = "root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n"


@dataclass(frozen=True)
class DirectoryEntry:
    path: str
    mode: int = 0o755
    owner: int = 0


@dataclass(frozen=True)
class RootfsDescription:
    packages: Sequence[str]
    variant: str
    users: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class FileEntry:
    path: str
    mode: int
    owner: int = 0
    upstream: str = ""
    binary: str = ""
    source: str = ""
    release: str = ""
    recursive: bool = False
    other_images: Mapping[str, str] = field(default_factory=dict)
    example: str = ""
    version: str = ""
    package: str = ""
    member: str = ""
    text: str | None = None


@dataclass(frozen=True)
class LinkEntry:
    path: str
    target: str


@dataclass(frozen=True)
class ImageDescription:
    key: str
    names: Sequence[str]
    set: str = ""
    go: str = ""
    rootfs: RootfsDescription | None = None
    entrypoint: Sequence[str] = ()
    command: Sequence[str] = ()
    user: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    working_directory: str = ""
    directories: Sequence[DirectoryEntry] = ()
    files: Sequence[FileEntry] = ()
    links: Sequence[LinkEntry] = ()
    busybox_applets: str = ""


def load_catalogue(path: Path = CATALOGUE_FILE) -> dict[str, ImageDescription]:
    """Every image of a catalogue file, by key. TypeError or ValueError when an entry is wrong."""
    content: dict[str, dict[str, Any]] = yaml.safe_load(path.read_text())
    return {key: _image(key, value) for key, value in content.items()}


def image_sets() -> frozenset[str]:
    """Names of the sets that are made only when asked for."""
    return frozenset(image.set for image in load_catalogue().values() if image.set)


def _image(key: str, fields: dict[str, Any]) -> ImageDescription:
    if "ko" in fields:
        fields = _ko_fields(**fields.pop("ko")) | fields
        fields["files"] = [*fields.pop("program"), *fields.get("files", [])]
    rootfs = fields.pop("rootfs", None)
    return ImageDescription(
        key=key,
        rootfs=RootfsDescription(**rootfs) if rootfs else None,
        directories=[
            DirectoryEntry(e["path"], int(e.get("mode", "0755"), 8), e.get("owner", 0))
            for e in fields.pop("directories", [])
        ],
        files=[_file(key, dict(e)) for e in fields.pop("files", [])],
        links=[LinkEntry(**e) for e in fields.pop("links", [])],
        **fields,
    )


def _ko_fields(upstream: str, package: str) -> dict[str, Any]:
    binary = package.rpartition("/")[2]
    program = f"{ko.PROGRAMS}/{binary}"
    return {
        "names": [ko.image_name(UPSTREAMS[upstream], package)],
        "user": "65532",
        "entrypoint": [program],
        "environment": {"KO_DATA_PATH": ko.DATA},
        "directories": [{"path": "/tmp", "mode": "1777"}, {"path": ko.DATA}],  # noqa: S108 - in the image
        "program": [
            {"path": program, "upstream": upstream, "binary": binary},
            {"path": "/etc/passwd", "text": _KO_ACCOUNTS},
        ],
    }


def _file(image: str, fields: dict[str, Any]) -> FileEntry:
    sources = [name for name in ("upstream", "example", "package", "text") if name in fields]
    if len(sources) != 1:
        raise ValueError(f"image {image}, file {fields.get('path')}: one of upstream, example, package, text is needed")
    is_text = "text" in fields or "release" in fields
    mode = int(fields.pop("mode", "0644" if is_text else "0755"), 8)
    return FileEntry(mode=mode, **fields)
