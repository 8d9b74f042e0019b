# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab with a real registry, driven as users and their clients drive it: the API, and crane."""

from __future__ import annotations

import base64
import io
import json
import os
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import httpx
import lab_instance
from lab_server import LabServer
from slipway_lab.build.binaries import BinaryCache
from slipway_lab.build.upstreams import UPSTREAMS
from slipway_lab.cluster import shut_down_everything
from slipway_lab.registry.server import stop_registry

REGISTRIES = "/v2/registries"
NAME = "registry.digitalocean.com"


class RegistryLab:
    """A server of the lab with its registry, and no cluster unless a test makes one."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.server = LabServer(home, LAB_NODES="real", LAB_NETWORK=lab_instance.free_network())
        self.crane_program = BinaryCache(self.server.config.cache).ensure(UPSTREAMS["crane"], print)["crane"]

    @property
    def address(self) -> str:
        """The registry's own address, which clients on this host use."""
        return str(self.server.config.host_address)

    def api(self) -> httpx.Client:
        return self.server.client()

    def end(self) -> None:
        """End everything, also what a killed server left behind."""
        self.server.__exit__()
        stop_registry(self.server.config)
        shut_down_everything(self.server.config)

    def create_registry(self, name: str, tier: str = "basic") -> None:
        with self.api() as api:
            answer = api.post(REGISTRIES, json={"name": name, "subscription_tier_slug": tier})
            assert answer.status_code == 201, answer.text

    def login(self, registry: str, **query: Any) -> str:
        """A login as DigitalOcean gives it for a registry: user and password in base64."""
        with self.api() as api:
            answer = api.get(f"{REGISTRIES}/{registry}/docker-credentials", params=query)
            assert answer.status_code == 200, answer.text
            login: str = answer.json()["auths"][NAME]["auth"]
            return login

    def repositories(self, registry: str) -> dict[str, int]:
        """Number of images by repository, as the API tells it."""
        with self.api() as api:
            found = api.get(f"{REGISTRIES}/{registry}/repositoriesV2").json()["repositories"]
        return {one["name"]: one["manifest_count"] for one in found}

    def tags(self, registry: str, repository: str) -> dict[str, str]:
        """Digests by tag, as the API tells it; empty when there is no such repository."""
        with self.api() as api:
            answer = api.get(f"{REGISTRIES}/{registry}/repositories/{repository.replace('/', '%2F')}/tags").json()
        return {one["tag"]: one["manifest_digest"] for one in answer.get("tags", [])}

    def crane(self, login: str | None, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run crane with a login, with none when it is None."""
        folder = self.home / "docker"
        folder.mkdir(exist_ok=True)
        auths = {} if login is None else {self.address: {"auth": login}}
        (folder / "config.json").write_text(json.dumps({"auths": auths}))
        environment = {**os.environ, "DOCKER_CONFIG": str(folder), "SSL_CERT_FILE": self.server.ca_cert}
        return subprocess.run(
            [self.crane_program, *arguments],
            env=environment, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip

    def push(self, login: str, image: str, content: bytes = b"hello") -> subprocess.CompletedProcess[str]:
        """Push an image with one file; image: without the registry's address."""
        layer = self.home / "layer.tar"
        write_layer(layer, {"hello": content})
        return self.crane(login, "append", "--new_layer", str(layer), "--new_tag", f"{self.address}/{image}")

    def pushed(self, login: str, image: str, content: bytes = b"hello") -> str:
        """Push an image and return its digest."""
        result = self.push(login, image, content)
        assert result.returncode == 0, result.stderr
        return result.stdout.strip().rpartition("@")[2]

    def digest(self, login: str | None, image: str) -> subprocess.CompletedProcess[str]:
        return self.crane(login, "digest", f"{self.address}/{image}")


def write_layer(file: Path, programs: dict[str, bytes]) -> None:
    """A layer with these files at its root, all executable."""
    with tarfile.open(file, "w") as archive:
        for name, content in programs.items():
            member = tarfile.TarInfo(name)
            member.mode, member.size = 0o755, len(content)
            archive.addfile(member, io.BytesIO(content))


def password(login: str) -> str:
    return base64.b64decode(login).decode().partition(":")[2]
