# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Projects and what is in them: /v2/projects."""

from __future__ import annotations

import re
from typing import Any

from fastapi import APIRouter, Depends, Request

from slipway_lab.api.context import Body, Lab, LabDependency
from slipway_lab.api.errors import precondition_failed, unprocessable
from slipway_lab.api.paging import paginate
from slipway_lab.api.records import Assignment, Cluster, Domain, LoadBalancer, Project, Volume, Vpc, new_id, now
from slipway_lab.api.resources.account import USER_UUID
from slipway_lab.api.scopes import Scopes
from slipway_lab.api.store import Record, Store

router = APIRouter()

_OWNER_ID = 258992
_ENVIRONMENTS = ("Development", "Staging", "Production")
_URN = re.compile(r"^do:(dbaas|domain|droplet|floatingip|loadbalancer|space|volume|kubernetes|vpc):(.+)$")
_KNOWN: dict[str, tuple[type[Record], str]] = {
    "domain": (Domain, "domains"),
    "kubernetes": (Cluster, "kubernetes/clusters"),
    "loadbalancer": (LoadBalancer, "load_balancers"),
    "volume": (Volume, "volumes"),
    "vpc": (Vpc, "vpcs"),
}


class ProjectCreate(Body):
    name: str
    purpose: str
    description: str = ""
    environment: str | None = None


class ProjectUpdate(Body):
    name: str
    description: str
    purpose: str
    environment: str
    is_default: bool


class ProjectPatch(Body):
    name: str | None = None
    description: str | None = None
    purpose: str | None = None
    environment: str | None = None
    is_default: bool | None = None


class Resources(Body):
    resources: list[str]


def ensure_default_project(store: Store) -> None:
    """Make the default project, which every account has from its beginning."""
    with store.transaction():
        if not store.all(Project):
            project = Project(
                id=new_id(),
                name="first-project",
                description="Update your project information under Settings",
                purpose="Just trying out DigitalOcean",
                environment="Development",
                is_default=True,
            )
            store.put(project)


def default_project(lab: Lab) -> Project:
    return next(project for project in lab.store.all(Project) if project.is_default)


def assign_to_default(lab: Lab, urn: str) -> None:
    """Put a new resource into the default project."""
    lab.store.put(Assignment(id=urn, project_id=default_project(lab).id))


def unassign(lab: Lab, urn: str) -> None:
    """Take a resource that is gone out of its project."""
    lab.store.delete(Assignment, urn)


def _project_body(project: Project) -> dict[str, Any]:
    body = project.model_dump(exclude={"environment"})
    body |= {"owner_uuid": USER_UUID, "owner_id": _OWNER_ID}
    # A project without one has no such key rather than null.
    return body | ({"environment": project.environment} if project.environment else {})


def _check(lab: Lab, project: Project) -> None:
    if not project.name or len(project.name) > 175:
        raise unprocessable("name must have 1 to 175 characters")
    if any(other.name == project.name and other.id != project.id for other in lab.store.all(Project)):
        raise unprocessable(f"name {project.name!r} is already in use")
    if not project.purpose or len(project.purpose) > 255:
        raise unprocessable("purpose must have 1 to 255 characters")
    if len(project.description) > 255:
        raise unprocessable("description must have at most 255 characters")
    if project.environment and project.environment not in _ENVIRONMENTS:
        raise unprocessable(f"environment must be one of {', '.join(_ENVIRONMENTS)}")


def _resource(request: Request, assignment: Assignment, status: str = "ok") -> dict[str, Any]:
    match = _URN.match(assignment.id)
    kind, id_ = (match[1], match[2]) if match else ("", "")
    path = f"{_KNOWN[kind][1]}/{id_}" if kind in _KNOWN else ""
    return {
        "urn": assignment.id,
        "assigned_at": assignment.assigned_at,
        "links": {"self": f"{request.url.scheme}://{request.url.netloc}/v2/{path}"},
        "status": status,
    }


@router.get("/v2/projects", dependencies=[Depends(Scopes("project:read"))])
def list_projects(request: Request, lab: LabDependency) -> dict[str, Any]:
    return paginate(request, "projects", [_project_body(project) for project in lab.store.all(Project)])


@router.post("/v2/projects", status_code=201, dependencies=[Depends(Scopes("project:create"))])
def create_project(body: ProjectCreate, lab: LabDependency) -> dict[str, Any]:
    with lab.store.transaction():
        project = Project(id=new_id(), **body.model_dump())
        _check(lab, project)
        lab.store.put(project)
    return {"project": _project_body(project)}


def _find(lab: Lab, project_id: str) -> Project:
    return default_project(lab) if project_id == "default" else lab.find(Project, project_id)


@router.get("/v2/projects/{project_id}", dependencies=[Depends(Scopes("project:read"))])
def get_project(project_id: str, lab: LabDependency) -> dict[str, Any]:
    """project_id may be `default`, here and below."""
    return {"project": _project_body(_find(lab, project_id))}


def _update(lab: Lab, project_id: str, body: ProjectPatch | ProjectUpdate) -> dict[str, Any]:
    with lab.store.transaction():
        old = _find(lab, project_id)
        changes = body.model_dump(exclude_none=True)
        project = old.model_copy(update=changes | {"updated_at": now()})
        _check(lab, project)
        if old.is_default and not project.is_default:
            raise unprocessable("the default project can not be unset; make another project the default")
        if project.is_default and not old.is_default:
            former = default_project(lab)
            former.is_default = False
            lab.store.put(former)
        lab.store.put(project)
    return {"project": _project_body(project)}


@router.put("/v2/projects/{project_id}", dependencies=[Depends(Scopes("project:update"))])
def update_project(project_id: str, body: ProjectUpdate, lab: LabDependency) -> dict[str, Any]:
    return _update(lab, project_id, body)


@router.patch("/v2/projects/{project_id}", dependencies=[Depends(Scopes("project:update"))])
def patch_project(project_id: str, body: ProjectPatch, lab: LabDependency) -> dict[str, Any]:
    return _update(lab, project_id, body)


@router.delete("/v2/projects/{project_id}", status_code=204, dependencies=[Depends(Scopes("project:delete"))])
def delete_project(project_id: str, lab: LabDependency) -> None:
    with lab.store.transaction():
        project = lab.find(Project, project_id)
        if any(assignment.project_id == project.id for assignment in lab.store.all(Assignment)):
            raise precondition_failed("cannot delete a project with resources. move or remove the resources first")
        if project.is_default:
            raise precondition_failed("cannot delete the default project")
        lab.store.delete(Project, project.id)


@router.get("/v2/projects/{project_id}/resources", dependencies=[Depends(Scopes("project:read"))])
def list_project_resources(project_id: str, request: Request, lab: LabDependency) -> dict[str, Any]:
    project = _find(lab, project_id)
    assigned = [a for a in lab.store.all(Assignment) if a.project_id == project.id]
    return paginate(request, "resources", [_resource(request, assignment) for assignment in assigned])


@router.post("/v2/projects/{project_id}/resources", dependencies=[Depends(Scopes("project:assign_resource"))])
def assign_resources(project_id: str, body: Resources, request: Request, lab: LabDependency) -> dict[str, Any]:
    answers = []
    with lab.store.transaction():
        project = _find(lab, project_id)
        for urn in body.resources:
            match = _URN.match(urn)
            if match is None:
                raise unprocessable(f"{urn!r} is not a valid URN")
            known = _KNOWN.get(match[1])
            if known is None or lab.store.get(known[0], match[2]) is None:
                answers.append(_resource(request, Assignment(id=urn, project_id=project.id), "not_found"))
                continue
            present = lab.store.get(Assignment, urn)
            if present is not None and present.project_id == project.id:
                answers.append(_resource(request, present, "already_assigned"))
                continue
            assignment = Assignment(id=urn, project_id=project.id)
            lab.store.put(assignment)
            answers.append(_resource(request, assignment, "assigned"))
    return {"resources": answers}
