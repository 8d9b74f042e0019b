# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the account holds, as kept in the store. How it looks in answers is the resources' business."""

from __future__ import annotations

import datetime
import time
import uuid
from enum import StrEnum
from typing import Any, ClassVar

from pydantic import BaseModel, Field

from slipway_lab.api.store import Record


def now() -> str:
    """The time in DigitalOcean's form: ISO 8601, UTC, whole seconds."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def new_id() -> str:
    return str(uuid.uuid4())


class ClusterState(StrEnum):
    """OpenAPI, cluster.status.state."""

    PROVISIONING = "provisioning"
    RUNNING = "running"
    DEGRADED = "degraded"
    ERROR = "error"
    UPGRADING = "upgrading"
    DELETING = "deleting"


class NodeState(StrEnum):
    """OpenAPI, node.status.state."""

    PROVISIONING = "provisioning"
    RUNNING = "running"
    DRAINING = "draining"
    DELETING = "deleting"


class Taint(BaseModel):
    key: str
    value: str
    effect: str


class Node(BaseModel):
    """A worker node. placed: the provisioner took it up, so that answers show its name and Droplet.

    replace: it is to be exchanged for a new node (recycle, delete with replace, upgrade).
    successor: id of the node that takes its place, when that one is made first (surge upgrade).
    version: slug it was made with. pool_name: its pool's name then, which its own name and label keep.
    born: when it was made, seconds since the epoch (created_at has whole seconds only).
    """

    id: str = Field(default_factory=new_id)
    name: str
    droplet_id: int
    state: NodeState = NodeState.PROVISIONING
    message: str = ""
    placed: bool = False
    replace: bool = False
    successor: str | None = None
    version: str
    pool_name: str
    born: float = Field(default_factory=time.time)
    created_at: str = Field(default_factory=now)
    updated_at: str = Field(default_factory=now)

    @property
    def leaving(self) -> bool:
        return self.state in (NodeState.DRAINING, NodeState.DELETING)

    def turn(self, state: NodeState, message: str = "") -> None:
        self.state, self.message, self.updated_at = state, message, now()


class NodePool(BaseModel):
    """A pool. tags: the user's; the service's own are added in answers. leaving: it goes when its nodes are gone."""

    id: str = Field(default_factory=new_id)
    name: str
    size: str
    count: int
    tags: list[str] = Field(default_factory=list)
    labels: dict[str, str] = Field(default_factory=dict)
    taints: list[Taint] = Field(default_factory=list)
    auto_scale: bool = False
    min_nodes: int = 0
    max_nodes: int = 0
    leaving: bool = False
    nodes: list[Node] = Field(default_factory=list)

    @property
    def staying_nodes(self) -> list[Node]:
        return [node for node in self.nodes if not node.leaving]


class StatusMessage(BaseModel):
    message: str
    timestamp: str = Field(default_factory=now)


class Cluster(Record):
    """A Kubernetes cluster. plugins: the {enabled} objects by their field name. deleting_since: seconds since epoch.

    registries: names of those it is integrated with, of which the API shows only whether there is one.
    """

    kind: ClassVar[str] = "cluster"
    name: str
    region: str
    version: str
    vpc_uuid: str
    worker_subnet_uuid: str | None = None
    cluster_subnet: str
    service_subnet: str
    tags: list[str] = Field(default_factory=list)
    maintenance_policy: dict[str, str]
    auto_upgrade: bool = False
    surge_upgrade: bool = False
    ha: bool
    isolated_workers: bool = False
    control_plane_firewall: dict[str, Any] | None = None
    cluster_autoscaler_configuration: dict[str, Any] | None = None
    sso: dict[str, Any] | None = None
    plugins: dict[str, bool] = Field(default_factory=dict)
    registries: list[str] = Field(default_factory=list)
    node_pools: list[NodePool] = Field(default_factory=list)
    state: ClusterState = ClusterState.PROVISIONING
    message: str = "provisioning"
    messages: list[StatusMessage] = Field(default_factory=list)
    endpoint: str = ""
    ipv4: str = ""
    ca_pem: str = ""
    deleting_since: float | None = None
    created_at: str = Field(default_factory=now)
    updated_at: str = Field(default_factory=now)

    @property
    def all_nodes(self) -> list[Node]:
        return [node for pool in self.node_pools for node in pool.nodes]

    @property
    def open_pools(self) -> list[NodePool]:
        return [pool for pool in self.node_pools if not pool.leaving]

    def turn(self, state: ClusterState, message: str = "") -> None:
        self.state, self.message, self.updated_at = state, message, now()

    def report(self, message: str) -> None:
        """Keep a message for status_messages; the last hundred stay."""
        self.messages = [*self.messages, StatusMessage(message=message)][-100:]


class Vpc(Record):
    kind: ClassVar[str] = "vpc"
    name: str
    description: str = ""
    region: str
    ip_range: str
    default: bool = False
    created_at: str = Field(default_factory=now)


class Project(Record):
    kind: ClassVar[str] = "project"
    name: str
    description: str = ""
    purpose: str
    environment: str | None = None
    is_default: bool = False
    created_at: str = Field(default_factory=now)
    updated_at: str = Field(default_factory=now)


class Assignment(Record):
    """Which project a resource is in; the id is the resource's URN."""

    kind: ClassVar[str] = "assignment"
    project_id: str
    assigned_at: str = Field(default_factory=now)


class Tag(Record):
    """A tag; the id is its name."""

    kind: ClassVar[str] = "tag"


class Volume(Record):
    kind: ClassVar[str] = "volume"
    name: str
    region: str
    size_gigabytes: int
    description: str = ""
    filesystem_type: str = ""
    filesystem_label: str = ""
    tags: list[str] = Field(default_factory=list)
    created_at: str = Field(default_factory=now)


class VolumeSnapshot(Record):
    kind: ClassVar[str] = "volume_snapshot"
    name: str
    volume_id: str
    region: str
    size_gigabytes: int
    tags: list[str] = Field(default_factory=list)
    created_at: str = Field(default_factory=now)


class LoadBalancer(Record):
    """A load balancer; settings: its attributes as the API shows them, without ids, tags, state and what is immutable.

    region, vpc_uuid: None for a global one. number: what its addresses are made from.
    active_at, resized_at: seconds since the epoch; before the first it is new and shows no address.
    """

    kind: ClassVar[str] = "load_balancer"
    name: str
    region: str | None
    ip: str
    ipv6: str = ""
    number: int = 0
    vpc_uuid: str | None
    type: str = "REGIONAL"
    network: str = "EXTERNAL"
    network_stack: str = "IPV4"
    tag: str = ""
    tags: list[str] = Field(default_factory=list)
    droplet_ids: list[int] = Field(default_factory=list)
    settings: dict[str, Any] = Field(default_factory=dict)
    active_at: float = 0.0
    resized_at: float = Field(default_factory=time.time)
    created_at: str = Field(default_factory=now)


class Domain(Record):
    """A DNS zone; the id is its name, without a trailing dot."""

    kind: ClassVar[str] = "domain"
    ttl: int = 1800
    serial: int = Field(default_factory=lambda: int(time.time()))


class DomainRecord(Record):
    """A record of a zone; the id is its number.

    name: below the zone, @ for the zone itself. data: without a final dot.
    """

    kind: ClassVar[str] = "domain_record"
    domain: str
    type: str
    name: str
    data: str
    ttl: int = 1800
    priority: int | None = None
    port: int | None = None
    weight: int | None = None
    flags: int | None = None
    tag: str | None = None


class Registry(Record):
    """A container registry; the id is its name."""

    kind: ClassVar[str] = "registry"
    region: str
    created_at: str = Field(default_factory=now)


class Blob(BaseModel):
    digest: str
    compressed_size_bytes: int


class Manifest(Record):
    """An image in a registry; the id is <registry>/<repository>@<digest>. size_bytes: uncompressed."""

    kind: ClassVar[str] = "manifest"
    registry: str
    repository: str
    digest: str
    tags: list[str] = Field(default_factory=list)
    blobs: list[Blob] = Field(default_factory=list)
    size_bytes: int = 0
    updated_at: str = Field(default_factory=now)


class RegistrySubscription(Record):
    """The account's subscription for registries; there is one, with the id `subscription`, while it has a registry."""

    kind: ClassVar[str] = "registry_subscription"
    id: str = "subscription"
    tier: str
    created_at: str = Field(default_factory=now)
    updated_at: str = Field(default_factory=now)


class Token(Record):
    """An access token; the id is the SHA-256 of its secret, which is kept nowhere.

    expires_at: seconds since the epoch; None: never
    """

    kind: ClassVar[str] = "token"
    name: str
    scopes: list[str]
    expires_at: float | None = None


class Version(Record):
    """A DOKS version; the id is its slug, such as 1.36.3-do.0."""

    kind: ClassVar[str] = "version"
    published: bool = True


class ClusterlintRun(Record):
    kind: ClassVar[str] = "clusterlint_run"
    cluster_id: str
    requested_at: str = Field(default_factory=now)


class Settings(Record):
    """What the admin can set; there is one, with the id `settings`."""

    kind: ClassVar[str] = "settings"
    id: str = "settings"
    droplet_limit: int = 25
    hourly_requests: int = 5000
    burst_requests: int = 250
    burst_seconds: float = 60.0
    unique_cluster_names: bool = False
    taken_registry_names: list[str] = Field(default_factory=list)
    taken_domain_names: list[str] = Field(default_factory=list)
    load_balancer_resize_seconds: float = 3600.0
