# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make demo` again, after the registry went with all images: what the repositories say of them."""

from __future__ import annotations

from pathlib import Path

import example_repositories
import pytest
from git_work_tree import WorkTree
from lab_server import LabServer
from slipway_lab.git.client import GitClient

OVERLAY = "deploy/overlays/dev/kustomization.yaml"
DIGEST = f"sha256:{'a' * 64}"


@pytest.fixture
def environment(lab_server: LabServer) -> dict[str, str]:
    return {
        "DIGITALOCEAN_API_URL": lab_server.url,
        "DIGITALOCEAN_TOKEN": lab_server.token,
        "DIGITALOCEAN_CA_CERT": lab_server.ca_cert,
    }


@pytest.fixture
def built(lab_git: GitClient, tmp_path: Path) -> WorkTree:
    """The examples' repositories, and a build that wrote its digest to dev; a clone of web."""
    for name in example_repositories.NAMES:
        lab_git.create(name)
        lab_git.fill(name, example_repositories.EXAMPLES / name)
    tree = WorkTree(tmp_path / "web", lab_git.url_with_password("web"))
    tree.git("pull", "--quiet", "origin", "main")
    written = f"images:\n- digest: {DIGEST}\n  name: registry.digitalocean.com/slipway/web\n"
    tree.commit({OVERLAY: (tree.path / OVERLAY).read_text() + written, "NOTES.md": "mine\n"}, "a digest")
    assert tree.push().returncode == 0
    return tree


def of_dev(tree: WorkTree) -> str:
    tree.git("pull", "--quiet", "origin", "main")
    return (tree.path / OVERLAY).read_text()


def test_an_image_that_went_is_named_no_more(lab_git: GitClient, environment: dict[str, str], built: WorkTree) -> None:
    [told] = example_repositories.take_out_lost_images(lab_git, environment)
    assert OVERLAY in told and DIGEST in told
    assert of_dev(built) == (example_repositories.EXAMPLES / "web" / OVERLAY).read_text()
    assert (built.path / "NOTES.md").read_text() == "mine\n", "what else was pushed stays"
    assert example_repositories.take_out_lost_images(lab_git, environment) == []


def test_an_image_that_is_there_stays(
    lab_git: GitClient, lab_server: LabServer, environment: dict[str, str], built: WorkTree
) -> None:
    with lab_server.client() as client:
        order = {"name": "slipway", "subscription_tier_slug": "basic"}
        client.post("/v2/registries", json=order).raise_for_status()
    lab_server.admin.note_image("slipway", "web", DIGEST)
    assert example_repositories.take_out_lost_images(lab_git, environment) == []
    assert DIGEST in of_dev(built)
    lab_server.admin.reset()
