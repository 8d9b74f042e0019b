# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Projects: find one by name or id, and see whether a resource is in it."""

from __future__ import annotations

from .._errors import InvalidInputError
from .._reconcile import JsonObject
from .client import DigitalOcean
from .lookup import find_by_name
from .suggest import suggest


def find_project(api: DigitalOcean, wanted: str) -> JsonObject:
    """The project with this name or id. Raises InvalidInputError naming the projects there are."""
    projects = api.projects()
    found = next((item for item in projects if item.get("id") == wanted), None)
    found = found or find_by_name("project", wanted, projects)
    if found is None:
        names = sorted(str(item.get("name")) for item in projects)
        raise InvalidInputError(
            f"There is no project {wanted!r}{suggest(wanted, names)}.",
            f"Projects of this account: {', '.join(names) or 'none'}; make it first, or leave project out.",
        )
    return found


def is_in_project(api: DigitalOcean, project: JsonObject, urn: str) -> bool:
    """Raises InvalidInputError when the project, which was just found, is gone."""
    resources = api.project_resources(project)
    if resources is None:
        raise InvalidInputError(
            f"Project {project.get('name')!r} is gone: somebody removed it during this run.",
            "Run again with another project, or leave project out.",
        )
    return any(item.get("urn") == urn for item in resources)
