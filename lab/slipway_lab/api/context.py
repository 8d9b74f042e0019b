# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every handler of the API works with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from pydantic import BaseModel, ConfigDict, model_validator

from slipway_lab.api.errors import not_found
from slipway_lab.api.faults import FaultPlan
from slipway_lab.api.provisioner import Provisioner
from slipway_lab.api.rate_limits import RateLimiter
from slipway_lab.api.records import Settings
from slipway_lab.api.registry_images import Images
from slipway_lab.api.request_log import RequestLog
from slipway_lab.api.store import Record, Store
from slipway_lab.backend import ClusterBackend
from slipway_lab.config import LabConfig

R = TypeVar("R", bound=Record)


class Body(BaseModel):
    """A request body, read as Go reads JSON, which DigitalOcean's services are written in.

    Types must be exact, keys match whatever their case (godo sends a taint's as Key, Value, Effect), and unknown
    keys are ignored.
    """

    model_config = ConfigDict(strict=True, extra="ignore")

    @model_validator(mode="before")
    @classmethod
    def _match_keys(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        names = {key: key.lower() if key.lower() in cls.model_fields else key for key in value}
        return {name: value[key] for key, name in names.items()}


@dataclass
class Lab:
    """One lab's account and the services around it."""

    config: LabConfig
    store: Store
    backend: ClusterBackend
    provisioner: Provisioner
    limiter: RateLimiter
    faults: FaultPlan
    log: RequestLog
    images: Images
    admin_token: str

    def find(self, type_: type[R], id_: str) -> R:
        """The record with this id; answers 404 when there is none."""
        record = self.store.get(type_, id_)
        if record is None:
            raise not_found()
        return record

    @contextmanager
    def change(self, type_: type[R], id_: str) -> Iterator[R]:
        """The record in a transaction; what is changed in it is kept. Answers 404 when there is none."""
        with self.store.transaction():
            record = self.find(type_, id_)
            yield record
            self.store.put(record)

    @property
    def settings(self) -> Settings:
        return self.store.get(Settings, "settings") or Settings()


def _lab(request: Request) -> Lab:
    lab: Lab = request.app.state.lab
    return lab


LabDependency = Annotated[Lab, Depends(_lab)]
