# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""The version of this collection, as the user agent tells it. A test holds it equal to galaxy.yml."""

from __future__ import annotations

COLLECTION_VERSION = "0.1.0"
