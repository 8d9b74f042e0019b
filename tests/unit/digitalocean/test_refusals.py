# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a call was refused: by what the API has been seen to say, not by the status alone."""

from __future__ import annotations

import pytest
from ansible_collections.slipway.gitops.plugins.module_utils._digitalocean.refusals import kind_of, next_step
from ansible_collections.slipway.gitops.plugins.module_utils._errors import RefusalKind

# Status, words, kind. The words are those of public reports and of the API's description.
SEEN = [
    (403, "Load Balancer can't be updated while it processes previous actions", "busy"),
    (422, "Droplet already has a pending event.", "busy"),
    (422, "validation error: cluster can not be upgraded while it is provisioning", "busy"),
    (409, "Can not delete VPC with members", "in_use"),
    (403, "Can not delete VPC with members", "in_use"),
    (403, "Make sure the certificate is not in use before deleting it", "in_use"),
    (403, "Certificate is being used by one or more load balancers", "in_use"),
    (412, "cannot delete a project with resources. move or remove the resources first", "in_use"),
    (422, "a load balancer can be resized once an hour", "not_yet"),
    (422, "creating this/these droplet(s) will exceed your droplet limit", "limit"),
    (
        422,
        "validation error: autoscale desired max nodes exceed limits, 24 additional nodes but not enough available "
        "droplet limit",
        "limit",
    ),
    (412, "registry is not eligible for tier because: [OverRegistryLimit]", "limit"),
    (403, "denied: registry contains 1 repositories, limit is 1", "limit"),
    (422, "A VPC with this name already exists in your account.", "taken"),
    (422, "There is already a load balancer with that name", "taken"),
    (409, "name already exists", "taken"),
    (403, "You are not authorized to perform this operation", "scope"),
    (403, "you do not have access for the attempted action", "scope"),
    (403, "You are missing the required permission kubernetes:read", "scope"),
    (403, "Forbidden", "scope"),
    (403, "", "other"),
    (401, "Unable to authenticate you", "login"),
    (404, "The resource you were accessing could not be found.", "missing"),
    (429, "API rate limit exceeded.", "rate"),
    (500, "Unexpected server-side error", "server"),
    (503, "", "server"),
    (403, "Can not delete default VPCs", "other"),
    (422, "Description is too long (maximum is 255 characters)", "other"),
    (422, "name exceeds the limit of characters", "other"),
    (422, "You do not have permission to use this size", "other"),
    (409, "", "other"),
    (302, "", "other"),
]


@pytest.mark.parametrize(("status", "message", "kind"), SEEN)
def test_the_words_say_why(status: int, message: str, kind: str) -> None:
    assert kind_of(status, message) == kind


@pytest.mark.parametrize("kind", list(RefusalKind))
def test_a_scope_is_spoken_of_only_where_the_api_speaks_of_it(kind: RefusalKind) -> None:
    said = next_step(kind, "vpc:delete", None)
    assert ("vpc:delete" in said) is (kind is RefusalKind.SCOPE)
    assert ("scope" in said) is (kind is RefusalKind.SCOPE)


@pytest.mark.parametrize("kind", set(RefusalKind) - {RefusalKind.MISSING, RefusalKind.OTHER})
def test_every_kind_says_what_to_do(kind: RefusalKind) -> None:
    assert next_step(kind, "", None).endswith(".")
