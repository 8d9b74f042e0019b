# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who has nothing but the tarball, and does what its docs say, gets a plan and touches nothing."""

from __future__ import annotations

import re
from pathlib import Path

import installed_collection
import pytest
from installed_collection import InstalledCollection
from lab_server import LabServer

# What the installation and the lab have done already, as far as the reader is to do it.
DONE = ("pip install", "python3 -m pip install", "ansible-galaxy collection install", "export DIGITALOCEAN_TOKEN=")
UNTIL = "\n### 5. "


def commands(root: Path) -> list[str]:
    """The lines to paste, from `With an account` up to the first one that would make something."""
    guide = (root / "docs/getting-started.md").read_text()
    part = guide[guide.index("\n## With an account") : guide.index(UNTIL)]
    return re.findall(r"^    (\S.*)$", part, re.MULTILINE)


def test_a_newcomer_gets_a_plan(
    collection: InstalledCollection, lab_server: LabServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    lines = [line for line in commands(collection.root) if not line.startswith(DONE)]
    assert [line.split()[0] for line in lines] == ["cp", "ansible-playbook"]
    assert lines[1].endswith("--check --diff")
    folder = tmp_path_factory.mktemp("empty")
    said = installed_collection.run(
        "bash", "-euc", "\n".join(lines),
        cwd=folder,
        environment={
            **collection.environment,
            "DIGITALOCEAN_TOKEN": lab_server.token,
            "DIGITALOCEAN_API_URL": lab_server.url,
            "DIGITALOCEAN_CA_CERT": lab_server.ca_cert,
        },
    )  # fmt: skip
    for cluster in ("hub", "dev", "prod"):
        assert f"create cluster {cluster}" in said
        assert f"{cluster}: Kubernetes 1.36." in said or f"{cluster}: " in said
    assert "create VPC slipway-ams3" in said
    assert "hub: install Argo CD" in said
    assert "a month" in said
    assert "WARNING" not in said
    requests = lab_server.admin.requests(0)
    assert requests
    assert [f"{request.method} {request.path}" for request in requests if request.mutating] == []
    # Nothing but the copy: no file that would look like a cluster that is there.
    assert [path.name for path in folder.iterdir()] == ["inventory"]
    assert not (collection.home / ".kube").exists()
    assert lab_server.token not in said
