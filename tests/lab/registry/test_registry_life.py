# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The registry lives with the lab's server, keeps what it holds, and says why when it cannot start."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from lab_server import wait_for
from registry_lab import RegistryLab
from slipway_lab.cluster.host import set_up_host
from slipway_lab.cluster.machine import Machine

pytestmark = pytest.mark.real


@pytest.fixture
def own_registry_lab(tmp_path: Path) -> Iterator[RegistryLab]:
    if os.geteuid() != 0:
        pytest.skip("real nodes, and the registry that goes with them, need root")
    lab = RegistryLab(tmp_path)
    yield lab
    lab.end()


def answers(lab: RegistryLab) -> bool:
    with socket.socket() as client:
        return client.connect_ex((lab.address, 443)) == 0


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_it_keeps_what_it_holds(own_registry_lab: RegistryLab, end: signal.Signals) -> None:
    lab = own_registry_lab
    lab.server.start()
    lab.create_registry("shop")
    writer = lab.login("shop", read_write="true")
    digest = lab.pushed(writer, "shop/web:1")
    lab.server.stop(end)
    # A killed server leaves it behind, and the next one takes its place.
    assert answers(lab) == (end == signal.SIGKILL)
    lab.server.start()
    assert lab.digest(writer, "shop/web:1").stdout.strip() == digest
    assert lab.tags("shop", "web") == {"1": digest}
    lab.pushed(writer, "shop/web:2")


def test_it_comes_back_by_itself(own_registry_lab: RegistryLab) -> None:
    lab = own_registry_lab
    lab.server.start()
    lab.create_registry("shop")
    writer = lab.login("shop", read_write="true")
    digest = lab.pushed(writer, "shop/web:1")
    supervisor = Machine(lab.home / "registry", "the registry").init
    assert supervisor is not None
    children = Path(f"/proc/{supervisor.pid}/task/{supervisor.pid}/children").read_text().split()
    assert len(children) == 2
    for child in children:
        os.kill(int(child), signal.SIGKILL)
    wait_for(lambda: lab.digest(writer, "shop/web:1"), lambda asked: asked.stdout.strip() == digest)


def test_a_reset_empties_it(own_registry_lab: RegistryLab) -> None:
    lab = own_registry_lab
    lab.server.start()
    lab.create_registry("shop")
    lab.pushed(lab.login("shop", read_write="true"), "shop/web:1")
    lab.server.admin.reset()
    lab.create_registry("shop")
    assert lab.repositories("shop") == {}
    assert not list((lab.home / "registry/data").rglob("data"))


def test_a_port_that_is_taken_is_named(own_registry_lab: RegistryLab) -> None:
    lab = own_registry_lab
    set_up_host(lab.server.config)
    with socket.socket() as other:
        other.bind((lab.address, 443))
        other.listen()
        with pytest.raises(AssertionError, match=f"cannot listen on {lab.address}:443"):
            lab.server.start()
    lab.server.start()
    assert answers(lab)


def test_images_are_pushed_not_noted(own_registry_lab: RegistryLab) -> None:
    own_registry_lab.server.start()
    own_registry_lab.create_registry("shop")
    with pytest.raises(Exception, match="this lab has a real registry"):
        own_registry_lab.server.admin.note_image("shop", "web", f"sha256:{'1' * 64}")
