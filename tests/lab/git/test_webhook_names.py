# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a webhook's URL leads: names of the account's domains are the lab's own, others the machine's."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from git_work_tree import WorkTree
from lab_server import LabServer, wait_for
from slipway_lab.git.client import GitClient
from slipway_lab.git.webhook_request import post
from slipway_lab.pki import CertificateAuthority
from webhook_receiver import Receiver

NAME = "builds.hub.example.com"


@pytest.fixture
def wildcard(lab_server: LabServer) -> Iterator[None]:
    """*.hub.example.com leads to this machine."""
    lab_server.admin.reset()
    with lab_server.client() as api:
        api.post("/v2/domains", json={"name": "example.com"}).raise_for_status()
        record = {"type": "A", "name": "*.hub", "data": "127.0.0.1", "ttl": 300}
        api.post("/v2/domains/example.com/records", json=record).raise_for_status()
    yield
    lab_server.admin.reset()


@pytest.mark.usefixtures("wildcard")
def test_a_name_of_the_accounts_domains_leads_where_its_record_says(
    lab_git: GitClient, work_tree: WorkTree, receiver: Receiver
) -> None:
    lab_git.add_webhook("web", f"http://{NAME}:{receiver.port}/hook")
    work_tree.commit({"a.txt": "2\n"})
    assert work_tree.push().returncode == 0
    (told,) = receiver.wait(1)
    assert (told.path, told.headers["Host"]) == ("/hook", f"{NAME}:{receiver.port}")


def test_other_names_are_those_of_the_machine(lab_git: GitClient, work_tree: WorkTree, receiver: Receiver) -> None:
    lab_git.add_webhook("web", f"http://localhost:{receiver.port}")
    work_tree.commit({"a.txt": "2\n"})
    assert work_tree.push().returncode == 0
    receiver.wait(1)


def test_a_name_that_nobody_knows_is_told_and_tried_again(lab_git: GitClient, work_tree: WorkTree) -> None:
    lab_git.add_webhook("web", f"http://{NAME}/")
    work_tree.commit({"a.txt": "2\n"})
    assert work_tree.push().returncode == 0
    [delivery] = wait_for(lambda: lab_git.deliveries("web"), lambda found: found[0]["attempts"] > 0)
    assert (delivery["state"], delivery["status"]) == ("pending", None)
    assert delivery["error"].startswith("no answer: ")


@pytest.mark.parametrize(
    ("certified", "insecure", "status"), [(NAME, False, 200), ("other.example.com", False, None), (NAME, True, 200)]
)
def test_https_asks_for_a_certificate_of_the_name(
    certified: str, insecure: bool, status: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = CertificateAuthority.create("trusted")
    # Whom the host trusts; with insecure it is somebody else.
    trusted = CertificateAuthority.create("another").certificate_pem if insecure else authority.certificate_pem
    (tmp_path / "ca.crt").write_bytes(trusted)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.crt"))
    authority.issue_server(certified, [certified], []).write(tmp_path, "server")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(tmp_path / "server.crt", tmp_path / "server.key")
    receiver = Receiver(tls=tls)
    try:
        answered, error = post(
            f"https://{NAME}:{receiver.port}/",
            b"{}",
            {},
            insecure_ssl=insecure,
            find_address={NAME: "127.0.0.1"}.__getitem__,
        )
    finally:
        receiver.stop()
    assert answered == status, error
    assert ("certificate" in error) == (status is None)
