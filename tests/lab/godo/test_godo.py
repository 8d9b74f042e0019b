# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DigitalOcean's own Go client, unmodified, goes through the life of a cluster on the lab."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from lab_server import LabServer


def test_godo(lab_server: LabServer) -> None:
    go = shutil.which("go")
    if go is None:
        pytest.skip("go is not on the PATH; the test of the Go client needs it")
    result = subprocess.run(
        [go, "test", "-count=1", "./..."],
        cwd=Path(__file__).parent,
        env={
            **os.environ,
            "DIGITALOCEAN_TOKEN": lab_server.token,
            "DIGITALOCEAN_API_URL": lab_server.url,
            "SSL_CERT_FILE": lab_server.ca_cert,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    # A test that finds no lab skips itself and passes: this lab must have seen the cluster come and go.
    seen = {(request.method, request.path) for request in lab_server.admin.requests()}
    assert ("POST", "/v2/kubernetes/clusters") in seen
    assert any(method == "DELETE" and path.startswith("/v2/kubernetes/clusters/") for method, path in seen)
