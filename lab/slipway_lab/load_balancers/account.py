# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The account's load balancers as the cloud controller of one cluster reaches them: by the API's own handlers.

It asks as a client of the API would, and gets the same refusals. Its calls are not in the log of requests and do not
count, as those of DigitalOcean's controller have a token of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from slipway_lab.api.context import Lab
from slipway_lab.api.errors import ApiError
from slipway_lab.api.records import Cluster, LoadBalancer
from slipway_lab.api.resources.load_balancer_settings import BalancerCreate, BalancerUpdate
from slipway_lab.api.resources.load_balancers import (
    create_load_balancer,
    delete_load_balancer,
    get_load_balancer,
    update_load_balancer,
)
from slipway_lab.load_balancers.errors import LoadBalancerError

Body = dict[str, Any]


class _OnlyTried(Exception):  # noqa: N818 - nothing went wrong
    """Undoes what was only tried."""


class ClusterAccount:
    """The account as one cluster's controller sees it."""

    def __init__(self, lab: Lab, cluster_id: str) -> None:
        self._lab = lab
        self._cluster_id = cluster_id

    def find(self, id_: str, names: tuple[str, ...]) -> Body | None:
        """The load balancer with the id; without one, the first of the whole account that has one of the names."""
        for balancer in self._lab.store.all(LoadBalancer):
            if balancer.id == id_ if id_ else balancer.name in names:
                body: Body = get_load_balancer(balancer.id, self._lab)["load_balancer"]
                return body
        return None

    def create(self, request: Mapping[str, Any]) -> Body:
        return self._call("create", lambda body: create_load_balancer(BalancerCreate(**body), self._lab), request)

    def update(self, id_: str, request: Mapping[str, Any]) -> Body:
        def call(body: Body) -> Body:
            return update_load_balancer(id_, BalancerUpdate(**body), self._lab)

        return self._call(f"update load balancer {id_}: to", call, request)

    def delete(self, id_: str) -> None:
        delete_load_balancer(id_, self._lab)

    def try_out(self, id_: str, request: Mapping[str, Any]) -> None:
        """Ask for it, and have nothing done; an empty id asks for a new one. LoadBalancerError when it is refused."""
        try:
            with self._lab.store.transaction():
                if id_:
                    self.update(id_, request)
                else:
                    self.create(request)
                raise _OnlyTried
        except _OnlyTried:
            return

    def _call(self, what: str, call: Callable[[Body], Body], request: Mapping[str, Any]) -> Body:
        cluster = self._lab.store.get(Cluster, self._cluster_id)
        if cluster is None:
            raise LoadBalancerError("the cluster is being deleted")
        owned = {"region": cluster.region, "vpc_uuid": cluster.vpc_uuid, "tags": [f"k8s:{cluster.id}"]}
        try:
            answer: Body = call({**request, **owned})["load_balancer"]
        except ApiError as error:
            raise LoadBalancerError(f"failed to {what}: {error.status} {error.body['message']}") from error
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"])
            raise LoadBalancerError(f"failed to {what}: 422 {field}: {first['msg']}") from error
        return answer
