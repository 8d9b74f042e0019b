# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every module process needs, imported once. Only the server that forks them imports this."""

import importlib
from pathlib import Path

from ansible.plugins.loader import init_plugin_loader

init_plugin_loader([str(Path(__file__).resolve().parents[2] / "collections")])
for name in (
    "ansible.module_utils.basic",
    "fast_time",
    "module_runner",
    "pydo",
    "ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.transport",
):
    importlib.import_module(name)
