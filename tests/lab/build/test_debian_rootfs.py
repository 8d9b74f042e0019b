# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images with a Debian file system below: the ones Argo CD's manifest names, unpacked and run."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from slipway_lab.build.binaries import BinaryCache
from slipway_lab.build.debian_rootfs import DebianRootfs
from slipway_lab.build.errors import BuildError
from slipway_lab.build.image_catalogue import RootfsDescription, image_sets, load_catalogue
from slipway_lab.build.images import ImageStore
from slipway_lab.build.module_source import module_directory
from slipway_lab.build.oci import BlobStore
from slipway_lab.build.upstreams import UPSTREAMS
from slipway_lab.config import LabConfig

CHROOT = shutil.which("chroot") or "/usr/sbin/chroot"
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="chroot needs root")
needs_mmdebstrap = pytest.mark.skipif(shutil.which("mmdebstrap") is None, reason="mmdebstrap is not installed")


def say(line: str) -> None:
    print(line, flush=True)


def unpack(key: str, target: Path) -> dict[str, object]:
    """An image's file system in a folder, as containerd would lay it out; the image's configuration."""
    config = LabConfig.from_environment()
    store = ImageStore(config.cache, BinaryCache(config.cache))
    image = load_catalogue()[key]
    manifest = json.loads(store.blobs.path(store.ensure([image], say)[image.names[0]]).read_bytes())
    assert len(manifest["layers"]) == 2
    for layer in manifest["layers"]:
        with tarfile.open(store.blobs.path(layer["digest"])) as archive:
            archive.extractall(target, filter="fully_trusted")  # noqa: S202 - made by us
    (target / "dev").mkdir()
    os.mknod(target / "dev" / "null", stat.S_IFCHR | 0o666, os.makedev(1, 3))
    (target / "dev" / "null").chmod(0o666)  # past the umask
    configuration: dict[str, object] = json.loads(store.blobs.path(manifest["config"]["digest"]).read_bytes())["config"]
    return configuration


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    """An empty folder for a file system, gone after the test: pytest keeps tmp_path for a while."""
    folder = tmp_path / "root"
    yield folder
    shutil.rmtree(folder)


def run(root: Path, user: int, *command: str) -> str:
    result = subprocess.run(
        [CHROOT, f"--userspec={user}:{user}", str(root), *command],
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 0, f"{command}: {result.stdout}{result.stderr}"
    return result.stdout + result.stderr


@needs_root
@needs_mmdebstrap
def test_argo_cds_image_has_what_argo_cd_runs(root: Path) -> None:
    configuration = unpack("argocd", root)
    assert configuration["Entrypoint"] == ["/usr/bin/tini", "--"]
    version = UPSTREAMS["argo-cd"].version
    assert f"argocd: {version}" in run(root, 999, "argocd", "version", "--client")
    assert "argocd-repo-server" in run(root, 999, "argocd-repo-server", "--help")
    assert UPSTREAMS["helm"].version in run(root, 999, "helm", "version", "--short")
    assert UPSTREAMS["kustomize"].version in run(root, 999, "kustomize", "version")
    assert "git version" in run(root, 999, "git", "--version")
    assert "gpg (GnuPG)" in run(root, 999, "gpg-wrapper.sh", "--version")
    assert run(root, 0, "id", "argocd").startswith("uid=999(argocd)")
    assert (root / "etc/ssl/certs/ca-certificates.crt").stat().st_size > 100_000
    assert (root / "app/config/gpg/keys").stat().st_uid == 999


@needs_root
@needs_mmdebstrap
def test_the_redis_image_is_a_redis(root: Path) -> None:
    configuration = unpack("redis", root)
    assert (configuration["Entrypoint"], configuration["User"]) == (["/usr/bin/redis-server"], "999")
    assert "Redis server v=8." in run(root, 999, "redis-server", "--version")
    assert "redis-cli 8." in run(root, 999, "redis-cli", "--version")


def test_the_set_argocd_has_every_image_of_argo_cds_manifest_but_dex() -> None:
    config = LabConfig.from_environment()
    source = module_directory(UPSTREAMS["argo-cd"], BinaryCache(config.cache).go(say))
    named = set()
    for manifest in yaml.safe_load_all((source / "manifests" / "install.yaml").read_text()):
        pod = manifest.get("spec", {}).get("template", {}).get("spec", {})
        named |= {container["image"] for kind in ("initContainers", "containers") for container in pod.get(kind, [])}
    made = {name for image in load_catalogue().values() if image.set == "argocd" for name in image.names}
    assert made == {name for name in named if "/dex:" not in name}


def test_sets_are_made_only_when_asked_for() -> None:
    assert image_sets() == {
        "argocd", "examples", "ingress", "other-languages", "pipelines", "sealed-secrets", "tekton",
    }  # fmt: skip
    assert {image.key for image in load_catalogue().values() if not image.set} == {
        "pause", "coredns", "busybox", "local-path-provisioner",
    }  # fmt: skip


@needs_mmdebstrap
def test_a_package_debian_does_not_have_is_named(tmp_path: Path) -> None:
    rootfs = RootfsDescription(packages=["no-such-package"], variant="extract")
    with pytest.raises(BuildError, match="Debian trixie with no-such-package could not be made"):
        DebianRootfs(tmp_path / "rootfs", BlobStore(tmp_path)).ensure(rootfs, say)
    assert list((tmp_path / "blobs" / "sha256").iterdir()) == []


def test_without_mmdebstrap_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BuildError, match="apt install mmdebstrap"):
        DebianRootfs(tmp_path, BlobStore(tmp_path)).ensure(RootfsDescription(["git"], "extract"), say)
