# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One real Argo CD for the whole run, and modules run unmodified against it."""

from __future__ import annotations

import importlib
import io
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
for folder in (ROOT / "collections", ROOT / "tests"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

from ansible.module_utils.testing import patch_module_args  # noqa: E402
from argocd_server.argocd import ArgoCD  # noqa: E402

# No test waits as long as a user would.
WAITING = ("argocd_application", "argocd_application_set", "argocd_application_sync", "argocd_cluster")
Result = dict[str, Any]
RunModule = Callable[..., Result]


@pytest.fixture(scope="session")
def argocd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArgoCD]:
    server = ArgoCD.start(tmp_path_factory.mktemp("argocd"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def access(argocd: ArgoCD) -> dict[str, Any]:
    """Options that lead a module to the server as admin."""
    return {
        "server_url": argocd.url,
        "ca_cert": str(argocd.ca_file),
        "auth_username": "admin",
        "auth_password": argocd.admin_password,
        "session_dir": str(argocd.directory / "sessions"),
    }


@pytest.fixture(scope="session")
def run(access: dict[str, Any]) -> RunModule:
    """run(module, check=False, fails=False, **options): the module's result; options win over the access options."""

    def run_module(module: str, *, check: bool = False, fails: bool = False, **options: Any) -> Result:
        defaults = {"wait_timeout": 30} if module in WAITING else {}
        arguments = {**access, **defaults, **options, "_ansible_check_mode": check, "_ansible_diff": True}
        arguments = {key: value for key, value in arguments.items() if value is not ...}
        code = importlib.import_module(f"ansible_collections.slipway.gitops.plugins.modules.{module}")
        output = io.StringIO()
        with patch_module_args(arguments), redirect_stdout(output), pytest.raises(SystemExit):
            code.main()
        result: Result = json.loads(output.getvalue())
        assert bool(result.get("failed")) == fails, result
        return result

    return run_module
