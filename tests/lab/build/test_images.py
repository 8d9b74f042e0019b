# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images made from data, and the mirror that serves them, read back as a container runtime would."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from slipway_lab.build.binaries import BinaryCache
from slipway_lab.build.errors import BuildError
from slipway_lab.build.image_catalogue import FileEntry, ImageDescription, LinkEntry, load_catalogue
from slipway_lab.build.image_mirror import ImageMirror
from slipway_lab.build.images import ImageStore
from slipway_lab.build.oci import MANIFEST_TYPE, BlobStore, LayerDirectory, LayerFile, LayerLink, put_image
from slipway_lab.build.upstreams import UPSTREAMS
from slipway_lab.config import LabConfig

NAME = "registry.example.test/team/hello:1.0"
HELLO = ImageDescription(
    key="hello",
    names=[NAME],
    command=["cat", "/data/greeting"],
    user="65532",
    environment={"GREETING": "yes"},
    files=[FileEntry(path="/data/greeting", mode=0o644, text="hello\n")],
    links=[LinkEntry("/data/link", "greeting")],
)


@pytest.fixture
def store(tmp_path: Path) -> ImageStore:
    return ImageStore(tmp_path, BinaryCache(tmp_path))


def read(blobs: BlobStore, digest: str) -> bytes:
    content = blobs.path(digest).read_bytes()
    assert digest == f"sha256:{hashlib.sha256(content).hexdigest()}"
    return content


def test_an_image_holds_what_was_described(store: ImageStore) -> None:
    digest = store.ensure([HELLO], lambda _: None)[NAME]
    manifest = json.loads(read(store.blobs, digest))
    assert manifest["mediaType"] == MANIFEST_TYPE
    config = json.loads(read(store.blobs, manifest["config"]["digest"]))
    assert config["config"]["Cmd"] == ["cat", "/data/greeting"]
    assert config["config"]["User"] == "65532"
    assert "GREETING=yes" in config["config"]["Env"]
    (layer,) = manifest["layers"]
    content = read(store.blobs, layer["digest"])
    assert (len(content), config["rootfs"]["diff_ids"]) == (layer["size"], [layer["digest"]])
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        members = {m.name: m for m in archive.getmembers()}
        assert list(members) == ["data", "data/greeting", "data/link"]
        assert members["data"].isdir() and members["data/link"].linkname == "greeting"
        file = archive.extractfile("data/greeting")
        assert file is not None and file.read() == b"hello\n"


def test_an_image_is_made_once_and_again_when_its_description_changes(store: ImageStore) -> None:
    said: list[str] = []
    first = store.ensure([HELLO], said.append)
    assert store.ensure([HELLO], said.append) == first
    assert len(said) == 1
    changed = ImageDescription(**{**vars(HELLO), "files": [FileEntry("/data/greeting", 0o644, text="hi\n")]})
    assert store.ensure([changed], said.append) != first
    assert len(said) == 2


def test_an_image_whose_blobs_are_gone_is_made_again(store: ImageStore) -> None:
    digest = store.ensure([HELLO], lambda _: None)[NAME]
    store.blobs.path(digest).unlink()
    assert store.ensure([HELLO], lambda _: None)[NAME] == digest
    assert store.blobs.has(digest)


def test_the_same_content_gives_the_same_digest(tmp_path: Path) -> None:
    (tmp_path / "program").write_bytes(b"\x7fELF")
    os.utime(tmp_path / "program", (1, 1))
    entries = [
        LayerDirectory("/scratch", 0o1777, 0),
        LayerFile("/bin/program", 0o755, 0, tmp_path / "program"),
        LayerLink("/bin/other", "program"),
    ]
    digests = set()
    for number in range(2):
        os.utime(tmp_path / "program")
        blobs = BlobStore(tmp_path / str(number))
        digests.add(put_image(blobs, [blobs.put_layer(reversed(entries))], {}))
    assert len(digests) == 1


@pytest.fixture
def mirror(store: ImageStore) -> Iterator[str]:
    images = store.ensure([HELLO], lambda _: None)
    mirror = ImageMirror("127.0.0.1", 0, store.blobs, images.get)
    mirror.start()
    yield f"http://127.0.0.1:{mirror.port}"
    mirror.stop()


def fetch(url: str, method: str = "GET") -> httpx.Response:
    return httpx.request(method, url, timeout=5)


def test_the_mirror_serves_an_image_under_its_upstream_name(mirror: str) -> None:
    manifest = fetch(f"{mirror}/v2/team/hello/manifests/1.0?ns=registry.example.test")
    digest = f"sha256:{hashlib.sha256(manifest.content).hexdigest()}"
    assert (manifest.status_code, manifest.headers["Content-Type"]) == (200, MANIFEST_TYPE)
    assert manifest.headers["Docker-Content-Digest"] == digest
    layer = manifest.json()["layers"][0]
    blob = fetch(f"{mirror}/v2/team/hello/blobs/{layer['digest']}?ns=registry.example.test")
    assert (blob.status_code, len(blob.content)) == (200, layer["size"])
    head = fetch(f"{mirror}/v2/team/hello/manifests/{digest}", method="HEAD")
    assert (head.status_code, head.headers["Content-Length"]) == (200, str(len(manifest.content)))


@pytest.mark.parametrize(
    "path",
    [
        "v2/team/hello/manifests/1.0?ns=docker.io",
        "v2/team/hello/manifests/2.0?ns=registry.example.test",
        "v2/team/hello/blobs/sha256:../../../made",
        f"v2/team/hello/blobs/sha256:{'0' * 64}",
        "v1/search",
    ],
)
def test_the_mirror_has_nothing_else(mirror: str, path: str) -> None:
    answer = fetch(f"{mirror}/{path}")
    assert answer.status_code == 404
    assert answer.json()["errors"][0]["code"] == "MANIFEST_UNKNOWN"


def test_the_mirror_makes_an_image_when_it_is_pulled_and_tells_why_it_cannot(store: ImageStore) -> None:
    asked: list[str] = []

    def find(name: str) -> str | None:
        asked.append(name)
        if name == "docker.io/library/broken:1":
            raise BuildError("no compiler")
        return store.ensure([HELLO], lambda _: None).get(name)

    mirror = ImageMirror("127.0.0.1", 0, store.blobs, find)
    mirror.start()
    try:
        url = f"http://127.0.0.1:{mirror.port}/v2"
        assert asked == []
        assert fetch(f"{url}/team/hello/manifests/1.0?ns=registry.example.test", method="HEAD").status_code == 200
        broken = fetch(f"{url}/library/broken/manifests/1")
    finally:
        mirror.stop()
    assert asked == [NAME, "docker.io/library/broken:1"]
    assert (broken.status_code, broken.json()["errors"][0]["message"]) == (500, "no compiler")


def test_the_mirror_cannot_be_written_to(mirror: str) -> None:
    assert fetch(f"{mirror}/v2/team/hello/blobs/uploads/", method="POST").status_code == 501


def test_the_catalogue_asks_only_for_binaries_that_are_built() -> None:
    images = load_catalogue()
    for image in images.values():
        for entry in image.files:
            if entry.upstream and not (entry.source or entry.release):
                assert entry.binary in UPSTREAMS[entry.upstream].binaries, f"{image.key}: {entry.path}"
    names = [name for image in images.values() for name in image.names]
    assert len(names) == len(set(names))


def test_image_tags_are_the_versions_that_are_built() -> None:
    for key, upstream in {
        "coredns": "coredns",
        "local-path-provisioner": "local-path-provisioner",
        "argocd": "argo-cd",
    }.items():
        (name,) = load_catalogue()[key].names
        assert name.rpartition(":")[2] == UPSTREAMS[upstream].version


def test_a_file_needs_exactly_one_source(tmp_path: Path) -> None:
    catalogue = tmp_path / "images.yaml"
    catalogue.write_text("x: {names: [x], files: [{path: /a, text: a, package: b, member: /c}]}\n")
    with pytest.raises(ValueError, match="image x, file /a: one of upstream, example, package, text is needed"):
        load_catalogue(catalogue)


def test_busybox_is_debians_with_all_its_applets() -> None:
    config = LabConfig.from_environment()
    store = ImageStore(config.cache, BinaryCache(config.cache))
    image = load_catalogue()["busybox"]
    digest = store.ensure([image], lambda _: None)["docker.io/library/busybox:1.36"]
    layer = json.loads(read(store.blobs, digest))["layers"][0]["digest"]
    with tarfile.open(store.blobs.path(layer)) as archive:
        members = {m.name: m for m in archive.getmembers()}
        program = archive.extractfile("bin/busybox")
        assert program is not None and program.read(4) == b"\x7fELF"
    assert members["bin/sh"].linkname == "/bin/busybox"
    assert members["tmp"].mode == 0o1777
