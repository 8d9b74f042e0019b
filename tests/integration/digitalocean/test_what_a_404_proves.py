# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An object was seen a call before, and the question for what is in it, or its deletion, is answered as if it were not
there: nothing is deleted, nothing is told as done, and the message says what could not be told."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from lab_account import Account
from lab_server import wait_for

DIGEST = "sha256:" + "a" * 64
NOT_FOUND = '{"id": "not_found", "message": "The resource you requested could not be found."}'
ANSWERS: dict[str, dict[str, Any]] = {
    "404 of the API": {"status": 404, "body": NOT_FOUND},
    "404 without a body": {"status": 404},
    "404 of something else": {"status": 404, "body": "<h1>Not Found</h1>", "content_type": "text/html"},
    "no list": {"status": 200, "body": "{}"},
    "no body": {"status": 200},
}
DELETIONS = [answer for answer in ANSWERS if answer.startswith("404")]


def an_account_in_use(account: Account) -> None:
    """Everything that has something in it."""
    account.api("POST", "/v2/registries", json={"name": "shop", "subscription_tier_slug": "professional"})
    account.server.admin.note_image("shop", "web", DIGEST)
    account.api("POST", "/v2/domains", json={"name": "example.com"})
    record = {"type": "A", "name": "www", "data": "192.0.2.1", "ttl": 300}
    account.api("POST", "/v2/domains/example.com/records", json=record)
    vpc = account.api("POST", "/v2/vpcs", json={"name": "net", "region": "ams3"})["vpc"]
    account.api("POST", "/v2/vpcs", json={"name": "spare", "region": "ams3"})
    account.api("POST", "/v2/projects", json={"name": "web", "purpose": "IoT", "environment": "Development"})
    made = account.run("do_kubernetes_cluster", **CLUSTER, vpc=vpc["id"])
    assert not made["failed"], made["msg"]
    tags = [f"k8s:{made['cluster']['id']}"]
    account.api("POST", "/v2/volumes", json={"name": "data", "region": "ams3", "size_gigabytes": 1, "tags": tags})
    rule = {"entry_protocol": "tcp", "entry_port": 80, "target_protocol": "tcp", "target_port": 80}
    account.api("POST", "/v2/load_balancers", json={"name": "lb", "region": "ams3", "forwarding_rules": [rule]})


CLUSTER: dict[str, Any] = {
    "name": "dev",
    "region": "ams3",
    "version": "1.35",
    "node_pools": [{"name": "base", "size": "s-2vcpu-4gb", "count": 1}],
}


@dataclass(frozen=True)
class Case:
    """A module, and the call of it that is answered wrongly."""

    module: str
    arguments: dict[str, Any]
    method: str
    path: str
    words: str = ""
    answers: list[str] = field(default_factory=lambda: list(ANSWERS))

    def order(self, account: Account, answer: str, count: int | None) -> None:
        account.server.admin.add_fault(
            "answer_before", method=self.method, path=self.path, count=count, **ANSWERS[answer]
        )

    def asked(self, account: Account, mark: int) -> int:
        """How often the call came since then."""
        return sum(fnmatchcase(call, f"{self.method} {self.path}") for call in account.calls(mark))


def absent(module: str, name: str, **more: Any) -> tuple[str, dict[str, Any]]:
    return module, {"name": name, "state": "absent", **more}


ASSOCIATED = "/v2/kubernetes/clusters/*/destroy_with_associated_resources"
RECORDS = "/v2/domains/example.com/records"
IN_THE_REGISTRY = "what is in container registry shop"
IN_THE_DOMAIN = "what is in domain example.com"
CASES = {
    f"registry, images: {images}": Case(
        *absent("do_container_registry", "shop", images=images),
        "GET",
        "/v2/registries/shop/repositoriesV2",
        IN_THE_REGISTRY,
    )
    for images in ("fail", "keep", "delete")
}
CASES |= {
    f"domain, records: {records}": Case(
        *absent("do_domain", "example.com", records=records), "GET", RECORDS, IN_THE_DOMAIN
    )
    for records in ("fail", "keep", "delete")
}
CASES |= {
    f"vpc, members: {members}": Case(
        *absent("do_vpc", "net", members=members, wait_timeout=2), "GET", "/v2/vpcs/*/members", "what is in VPC net"
    )
    for members in ("fail", "keep")
}
CASES |= {
    f"cluster, resources: {wanted}": Case(
        *absent("do_kubernetes_cluster", "dev", associated_resources=wanted), "GET", ASSOCIATED, "would leave behind"
    )
    for wanted in ("keep", "destroy", ["volumes"])
}
CASES |= {
    "the records of a name": Case(
        "do_domain_record",
        {"domain": "example.com", "name": "www", "type": "A", "state": "absent"},
        "GET",
        RECORDS,
        IN_THE_DOMAIN,
    ),
    "a record to make": Case(
        "do_domain_record",
        {"domain": "example.com", "name": "api", "type": "A", "values": ["192.0.2.2"]},
        "GET",
        RECORDS,
        IN_THE_DOMAIN,
    ),
    "an upgrade": Case(
        "do_kubernetes_cluster",
        {**CLUSTER, "version": "1.36"},
        "GET",
        "/v2/kubernetes/clusters/*/upgrades",
        "what cluster dev can be upgraded to",
    ),
    "a project": Case(
        "do_kubernetes_cluster", {**CLUSTER, "project": "web"}, "GET", "/v2/projects/*/resources", "in project web"
    ),
    "a tier": Case(
        "do_container_registry",
        {"name": "shop", "tier": "basic"},
        "GET",
        "/v2/registries/subscription",
        "which tier the account has",
        ["404 of the API"],
    ),
}


def delete(path: str, module: str, arguments: dict[str, Any]) -> Case:
    return Case(module, arguments, "DELETE", path, answers=DELETIONS)


CASES |= {
    f"deletion of {what}": case
    for what, case in {
        "a registry": delete("/v2/registries/shop", *absent("do_container_registry", "shop", images="delete")),
        "a domain": delete("/v2/domains/example.com", *absent("do_domain", "example.com", records="delete")),
        "a record": delete(f"{RECORDS}/*", "do_domain_record", CASES["the records of a name"].arguments),
        "a cluster": delete("/v2/kubernetes/clusters/*", *absent("do_kubernetes_cluster", "dev", wait=False)),
        "a cluster with all": delete(
            f"{ASSOCIATED}/dangerous",
            *absent("do_kubernetes_cluster", "dev", associated_resources="destroy", wait=False),
        ),
        "a cluster with some": delete(
            f"{ASSOCIATED}/selective",
            *absent("do_kubernetes_cluster", "dev", associated_resources=["volumes"], wait=False),
        ),
        "a VPC": delete("/v2/vpcs/*", *absent("do_vpc", "spare", wait=False)),
        "a load balancer": delete("/v2/load_balancers/*", *absent("do_load_balancer", "lb")),
    }.items()
}


def state(account: Account) -> dict[str, Any]:
    """What would be gone."""
    images = account.api("GET", "/v2/registries/shop/repositoriesV2")["repositories"]
    return {
        "images": [(item["name"], item["manifest_count"]) for item in images],
        "tier": account.api("GET", "/v2/registries/subscription")["subscription"]["tier"]["slug"],
        "records": sorted(record["id"] for record in account.api("GET", RECORDS)["domain_records"]),
        "vpcs": sorted(vpc["id"] for vpc in account.api("GET", "/v2/vpcs")["vpcs"]),
        "clusters": [
            (cluster["id"], cluster["version"], cluster["status"]["state"])
            for cluster in account.api("GET", "/v2/kubernetes/clusters")["kubernetes_clusters"]
        ],
        "volumes": [volume["id"] for volume in account.api("GET", "/v2/volumes")["volumes"]],
        "load_balancers": [item["id"] for item in account.api("GET", "/v2/load_balancers")["load_balancers"]],
    }


@pytest.mark.parametrize("name", CASES)
def test_nothing_follows_from_it(account: Account, name: str) -> None:
    case = CASES[name]
    an_account_in_use(account)
    snapshot, before = account.server.snapshot(), state(account)
    for answer in case.answers:
        for count in (1, None):
            case.order(account, answer, count)
            mark = account.mark()
            result = account.run(case.module, **case.arguments)
            account.server.admin.clear_faults()
            where = f"{answer}, {'once' if count else 'lasting'}: {result.get('msg')}"
            # The question may be asked again, and then there is a true answer.
            told = count == 1 and case.asked(account, mark) > 1
            if result["failed"]:
                assert told or case.words in result["msg"], where
                assert "near it" not in result["msg"] and "Traceback" not in result["msg"], where
                assert state(account) == before, where
            else:
                assert told, f"{where}: {result['changes']}"
                wait_for(account.server.admin.status, lambda status: not status["busy"])
                account.server.restore(snapshot)


@pytest.mark.parametrize("name", ["do_domain", "do_domain_record", "do_container_registry"])
def test_what_is_gone_is_gone(account: Account, name: str) -> None:
    """A true 404: it is in no list either."""
    arguments = (
        {"name": "www", "domain": "example.com", "type": "A"} if name == "do_domain_record" else {"name": "shop"}
    )
    result = account.run(name, **arguments, state="absent")
    assert (result["failed"], result["changed"]) == (False, False)


def test_a_load_balancer_is_looked_for_in_the_list_too(account: Account) -> None:
    an_account_in_use(account)
    [balancer] = account.api("GET", "/v2/load_balancers")["load_balancers"]
    for answer in DELETIONS:
        Case("do_load_balancer", {}, "GET", f"/v2/load_balancers/{balancer['id']}").order(account, answer, None)
        result = account.run("do_load_balancer", id=balancer["id"], state="absent", check_mode=True)
        account.server.admin.clear_faults()
        assert result["failed"] or "delete load balancer" in result["changes"][0], answer


def test_credentials_of_a_registry_that_is_there(account: Account, tmp_path: Path) -> None:
    an_account_in_use(account)
    path = tmp_path / "config.json"
    for answer in DELETIONS:
        Case("", {}, "GET", "/v2/registries/shop/docker-credentials").order(account, answer, None)
        result = account.run("do_container_registry_credentials", name="shop", path=str(path))
        account.server.admin.clear_faults()
        assert result["failed"] and "somebody removed it" not in result["msg"], answer
        assert not path.exists()
