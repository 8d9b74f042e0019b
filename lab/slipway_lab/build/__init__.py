# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Binaries from pinned Go modules, images made from them and from Debian packages, and the mirror that serves those."""

from slipway_lab.build.upstreams import available_kubernetes_versions

__all__ = ["available_kubernetes_versions"]
