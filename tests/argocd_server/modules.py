# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run argocd_* modules against the harness's Argo CD."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import module_runner

Result = dict[str, Any]
RunModule = Callable[..., Result]
# No test waits as long as a user would.
WAITING = (
    "argocd_application",
    "argocd_application_set",
    "argocd_application_sync",
    "argocd_applications",
    "argocd_cluster",
    "argocd_objects",
)


def module_run(access: dict[str, Any]) -> RunModule:
    """run(module, check=False, fails=False, **options): the module's result.

    Options win over the access options; an option that is ... is left out.
    """

    def run(module: str, *, check: bool = False, fails: bool = False, **options: Any) -> Result:
        defaults = {"wait_timeout": 120} if module in WAITING else {}
        arguments = {key: value for key, value in {**access, **defaults, **options}.items() if value is not ...}
        result: Result = module_runner.run_module(module, check_mode=check, **arguments)
        assert result["failed"] == fails, result
        return result

    return run
