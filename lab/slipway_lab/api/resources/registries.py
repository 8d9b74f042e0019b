# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Container registries and the account's subscription for them: /v2/registries."""

from __future__ import annotations

import re
from typing import Any

from fastapi import APIRouter, Depends

from slipway_lab.api import registry_images
from slipway_lab.api.context import Body, Lab, LabDependency
from slipway_lab.api.errors import conflict, not_found, precondition_failed, unprocessable
from slipway_lab.api.records import Cluster, Registry, RegistrySubscription, now
from slipway_lab.api.registry_tiers import DEFAULT_REGION, REGIONS, TIERS
from slipway_lab.api.scopes import Scopes

router = APIRouter()

_NAME = re.compile(r"^[a-z0-9-]{1,63}$")


class RegistryCreate(Body):
    name: str
    region: str | None = None
    subscription_tier_slug: str | None = None


class RegistryName(Body):
    name: str


class SubscriptionUpdate(Body):
    tier_slug: str


def registry_body(lab: Lab, registry: Registry) -> dict[str, Any]:
    found = lab.images.all(registry.id)
    return {
        "name": registry.id,
        "region": registry.region,
        "created_at": registry.created_at,
        "storage_usage_bytes": registry_images.storage_bytes(found),
        "storage_usage_bytes_updated_at": max((m.updated_at for m in found), default=registry.created_at),
    }


def _subscription(lab: Lab) -> RegistrySubscription:
    subscription = lab.store.get(RegistrySubscription, "subscription")
    if subscription is None:
        raise not_found()
    return subscription


def _subscription_body(subscription: RegistrySubscription) -> dict[str, Any]:
    return {"subscription": subscription.model_dump(exclude={"id"}) | {"tier": TIERS[subscription.tier].body()}}


def _check_name(lab: Lab, name: str) -> None:
    if not _NAME.match(name):
        raise unprocessable("name must be 1 to 63 lowercase letters, numbers and dashes")
    if lab.store.get(Registry, name) is not None or name in lab.settings.taken_registry_names:
        # Names are unique in the whole of DigitalOcean. Text as seen in nebari-dev/nebari#265.
        raise conflict("name already exists")


@router.get("/v2/registries", dependencies=[Depends(Scopes("registry:read"))])
def list_registries(lab: LabDependency) -> dict[str, Any]:
    """Not paginated."""
    return {"registries": [registry_body(lab, registry) for registry in lab.store.all(Registry)]}


@router.post("/v2/registries", status_code=201, dependencies=[Depends(Scopes("registry:create"))])
def create_registry(body: RegistryCreate, lab: LabDependency) -> dict[str, Any]:
    region = body.region or DEFAULT_REGION
    if region not in REGIONS:
        raise unprocessable(f"region {region!r} is not one of {', '.join(REGIONS)}")
    if body.subscription_tier_slug is not None and body.subscription_tier_slug not in TIERS:
        raise unprocessable(f"subscription_tier_slug {body.subscription_tier_slug!r} is not a tier")
    with lab.store.transaction():
        _check_name(lab, body.name)
        subscription = lab.store.get(RegistrySubscription, "subscription")
        if subscription is None:
            subscription = RegistrySubscription(tier=body.subscription_tier_slug or "starter")
            lab.store.put(subscription)
        elif body.subscription_tier_slug not in (None, subscription.tier):
            raise unprocessable(f"the account has the tier {subscription.tier}; change its subscription first")
        limit = TIERS[subscription.tier].registries
        if len(lab.store.all(Registry)) >= limit:
            raise unprocessable(f"registry limit reached: the tier {subscription.tier} includes {limit}")
        registry = Registry(id=body.name, region=region)
        lab.store.put(registry)
        return {"registry": registry_body(lab, registry)}


@router.get("/v2/registries/options", dependencies=[Depends(Scopes("registry:read"))])
def get_options(lab: LabDependency) -> dict[str, Any]:
    there, storage = registry_images.account_repositories(lab.images), _account_storage(lab)
    tiers = []
    for tier in TIERS.values():
        reasons = tier.reasons_against(there, storage)
        body = tier.body() | {"eligible": not reasons}
        tiers.append(body | ({"eligibility_reasons": reasons} if reasons else {}))
    return {"options": {"available_regions": list(REGIONS), "subscription_tiers": tiers}}


def _account_storage(lab: Lab) -> int:
    return registry_images.storage_bytes(lab.images.all())


@router.get("/v2/registries/subscription", dependencies=[Depends(Scopes("registry:read"))])
def get_subscription(lab: LabDependency) -> dict[str, Any]:
    return _subscription_body(_subscription(lab))


@router.post("/v2/registries/subscription", dependencies=[Depends(Scopes("registry:update"))])
def update_subscription(body: SubscriptionUpdate, lab: LabDependency) -> dict[str, Any]:
    tier = TIERS.get(body.tier_slug)
    if tier is None:
        raise unprocessable(f"tier_slug {body.tier_slug!r} is not a tier")
    with lab.store.transaction():
        subscription = _subscription(lab)
        reasons = tier.reasons_against(registry_images.account_repositories(lab.images), _account_storage(lab))
        if len(lab.store.all(Registry)) > tier.registries:
            reasons.append(f"the tier includes {tier.registries} registry")
        if reasons:
            raise precondition_failed(f"not eligible for the tier {tier.slug}: {', '.join(reasons)}")
        if subscription.tier != tier.slug:
            subscription.tier, subscription.updated_at = tier.slug, now()
            lab.store.put(subscription)
    return _subscription_body(subscription)


@router.post("/v2/registries/validate-name", status_code=204, dependencies=[Depends(Scopes("registry:create"))])
def validate_name(body: RegistryName, lab: LabDependency) -> None:
    _check_name(lab, body.name)


@router.get("/v2/registries/{registry_name}", dependencies=[Depends(Scopes("registry:read"))])
def get_registry(registry_name: str, lab: LabDependency) -> dict[str, Any]:
    return {"registry": registry_body(lab, lab.find(Registry, registry_name))}


@router.delete("/v2/registries/{registry_name}", status_code=204, dependencies=[Depends(Scopes("registry:delete"))])
def delete_registry(registry_name: str, lab: LabDependency) -> None:
    """The registry goes with all its images, whatever is in it."""
    with lab.store.transaction():
        lab.store.delete(Registry, lab.find(Registry, registry_name).id)
        lab.images.empty(registry_name)
        for cluster in lab.store.all(Cluster):
            if registry_name in cluster.registries:
                cluster.registries.remove(registry_name)
                lab.store.put(cluster)
        if not lab.store.all(Registry):
            lab.store.delete(RegistrySubscription, "subscription")
