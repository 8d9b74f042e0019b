# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All tests find the collection as Ansible does, through its own loader."""

from __future__ import annotations

from pathlib import Path

from ansible.plugins.loader import init_plugin_loader

# Before any test module is imported: a collection that was imported by plain Python is none to Ansible's loader.
init_plugin_loader([str(Path(__file__).resolve().parents[1] / "collections")])
