# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures around a running server of the lab."""

from lab_server import lab_server, own_lab_server

__all__ = ["lab_server", "own_lab_server"]
