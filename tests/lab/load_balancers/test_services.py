# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services of type LoadBalancer are treated as on DOKS, and what they get carries traffic to real pods."""

from __future__ import annotations

import socket
import time

import httpx
import pytest
from balancer_lab import BALANCERS, BASE, DISOWN, ID, SECONDS, BalancerLab, annotated, answers, get, service
from lab_server import wait_for

pytestmark = pytest.mark.real


def test_a_service_gets_one_with_its_life(lab: BalancerLab) -> None:
    lab.apply(service())
    address = lab.ingress()
    (balancer,) = lab.balancers()
    made = lab.service()
    assert balancer["name"] == "a" + made["metadata"]["uid"].replace("-", "")[:31]
    assert (balancer["ip"], balancer["type"]) == (address, "REGIONAL_NETWORK")
    assert balancer["vpc_uuid"] == lab.cluster["vpc_uuid"]
    assert balancer["tags"] == [f"k8s:{lab.cluster['id']}"]
    droplets = {int(node["droplet_id"]) for pool in lab.cluster["node_pools"] for node in pool["nodes"]}
    assert set(balancer["droplet_ids"]) == droplets
    annotations = made["metadata"]["annotations"]
    assert (annotations[ID], annotations[f"{BASE}type"]) == (balancer["id"], "REGIONAL_NETWORK")
    # The address of the client is kept, also across the edge.
    assert answers(address) == str(lab.server.config.host_address)
    assert lab.events("web", "EnsuredLoadBalancer")
    lab.kubectl("delete", "service", "web", f"--timeout={SECONDS:.0f}s")
    assert lab.balancers() == []
    wait_for(lambda: is_closed(address), bool, SECONDS)


def is_closed(address: str) -> bool:
    """The edge follows the account within a moment."""
    try:
        get(address)
    except httpx.HTTPError:
        return True
    return False


def test_only_ports_of_the_service_are_open(lab: BalancerLab) -> None:
    lab.apply(service())
    address = lab.ingress()
    answers(address)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((address, 8080), timeout=5)


def test_one_that_is_there_is_taken_over_and_no_second_one_made(lab: BalancerLab) -> None:
    made = lab.create_balancer("front", vpc_uuid=lab.cluster["vpc_uuid"])
    adopt = {ID: made["id"], f"{BASE}name": "front"}
    # A new Service is asked for as a new load balancer, whatever id it names.
    assert "There is already a load balancer with that name" in lab.refused(annotated(service(), adopt))
    lab.apply(annotated(service(type_="ClusterIP"), adopt))
    lab.apply(annotated(service(), adopt))
    assert lab.ingress() == made["ip"]
    answers(made["ip"])
    (balancer,) = lab.balancers()
    assert (balancer["id"], balancer["name"]) == (made["id"], "front")
    assert balancer["health_check"]["path"] == "/healthz"
    assert balancer["tags"] == [f"k8s:{lab.cluster['id']}"]


def test_one_that_is_taken_over_is_renamed_unless_the_service_says_its_name(lab: BalancerLab) -> None:
    made = lab.create_balancer("front", vpc_uuid=lab.cluster["vpc_uuid"])
    lab.apply(annotated(service(type_="ClusterIP"), {ID: made["id"]}))
    lab.apply(annotated(service(), {ID: made["id"]}))
    assert lab.ingress() == made["ip"]
    assert lab.balancer(made["id"])["name"] == "a" + lab.service()["metadata"]["uid"].replace("-", "")[:31]


def test_the_name_alone_finds_one_anywhere_in_the_account(lab: BalancerLab) -> None:
    made = lab.create_balancer("front", vpc_uuid=lab.cluster["vpc_uuid"])
    lab.apply(annotated(service(), {f"{BASE}name": "other"}))
    lab.ingress()
    lab.apply(annotated(service("second", type_="ClusterIP"), {f"{BASE}name": "front"}))
    # Changed, it is validated as a new one, for it has no id.
    refused = lab.refused(annotated(service("second"), {f"{BASE}name": "front"}))
    assert "There is already a load balancer with that name" in refused
    assert {one["name"] for one in lab.balancers()} == {"front", "other"}
    assert lab.balancer(made["id"])["droplet_ids"] == []


def test_a_disowned_one_outlives_its_service(lab: BalancerLab) -> None:
    lab.apply(annotated(service(), {f"{BASE}name": "front"}))
    address = lab.ingress()
    (before,) = lab.balancers()
    lab.apply(annotated(service(ports=[{"port": 81, "targetPort": 8080}]), {f"{BASE}name": "front", DISOWN: "true"}))
    lab.kubectl("delete", "service", "web", f"--timeout={SECONDS:.0f}s")
    (after,) = lab.balancers()
    assert (after["id"], after["ip"]) == (before["id"], address)
    # Nor is it changed any more.
    assert after["forwarding_rules"] == before["forwarding_rules"]


def test_another_type_of_service_gives_it_back(lab: BalancerLab) -> None:
    lab.apply(service())
    lab.ingress()
    lab.kubectl("patch", "service", "web", "-p", '{"spec": {"type": "ClusterIP", "externalTrafficPolicy": null}}')
    wait_for(lab.balancers, lambda found: found == [], SECONDS)
    wait_for(lambda: lab.service()["metadata"].get("finalizers"), lambda found: not found, SECONDS)
    assert lab.service()["status"]["loadBalancer"] == {}


def test_one_in_another_vpc_is_not_taken(lab: BalancerLab) -> None:
    order = {"name": "elsewhere", "region": "fra1", "ip_range": "10.60.0.0/24"}
    vpc = lab.api.post("/v2/vpcs", json=order).json()["vpc"]
    made = lab.create_balancer("front", vpc_uuid=vpc["id"])
    adopt = {ID: made["id"], f"{BASE}name": "front"}
    lab.apply(annotated(service(type_="ClusterIP"), adopt))
    assert "vpc_uuid can not be changed" in lab.refused(annotated(service(), adopt))
    # What gets past the webhook is told by an event, and nothing is made in its place.
    lab.apply(annotated(service("second"), {ID: made["id"]}))
    (message, *_) = wait_for(lambda: lab.events("second", "SyncLoadBalancerFailed"), bool, SECONDS)
    assert message.startswith(f"Error syncing load balancer: failed to update load balancer {made['id']}: ")
    assert "vpc_uuid can not be changed" in message
    assert [one["id"] for one in lab.balancers()] == [made["id"]]
    assert "ingress" not in lab.service("second")["status"]["loadBalancer"]
    # Deleting it deletes the load balancer that it named: it was its own from then on.
    lab.kubectl("annotate", "service", "second", f"{DISOWN}=true")


def test_one_of_another_type_is_not_taken(lab: BalancerLab) -> None:
    made = lab.create_balancer("front", vpc_uuid=lab.cluster["vpc_uuid"], type="REGIONAL")
    adopt = {ID: made["id"], f"{BASE}name": "front", f"{BASE}type": "REGIONAL_NETWORK"}
    lab.apply(annotated(service(type_="ClusterIP"), adopt))
    assert "type can not be changed from 'REGIONAL' to 'REGIONAL_NETWORK'" in lab.refused(annotated(service(), adopt))
    assert lab.balancer(made["id"])["name"] == "front"


def test_a_lost_one_is_made_anew(lab: BalancerLab) -> None:
    lab.apply(service())
    lab.ingress()
    (lost,) = lab.balancers()
    assert lab.api.delete(f"{BALANCERS}/{lost['id']}").status_code == 204
    lab.kubectl("annotate", "service", "web", "looked-at=again")
    (found,) = wait_for(lab.balancers, lambda found: len(found) == 1, SECONDS)
    wait_for(lambda: lab.service()["metadata"]["annotations"][ID], lambda id_: id_ == found["id"], SECONDS)
    assert found["id"] != lost["id"]


def test_one_that_ends_connections_tells_the_client_by_the_proxy_protocol(lab: BalancerLab) -> None:
    said = {f"{BASE}type": "REGIONAL", f"{BASE}network-stack": "IPV4", f"{BASE}enable-proxy-protocol": "true"}
    lab.apply(annotated(service(ports=[{"port": 80, "targetPort": 8081}]), said))
    address = lab.ingress()

    def ask() -> bytes:
        try:
            with socket.create_connection((address, 80), timeout=5) as client:
                client.sendall(b"hello\n")
                return client.recv(4096)
        except OSError:
            return b""

    heard = wait_for(ask, lambda got: b"PROXY" in got, SECONDS).decode()
    assert heard.startswith(f"PROXY TCP4 {lab.server.config.host_address} {address} ")
    assert heard.split("\r\n")[0].endswith(" 80")


def test_who_is_not_let_in_gets_no_answer(lab: BalancerLab) -> None:
    lab.apply(service())
    address = lab.ingress()
    answers(address)
    lab.apply(service(loadBalancerSourceRanges=["192.0.2.0/24"]))
    wait_for(lambda: lab.balancers()[0]["firewall"]["allow"], lambda found: found == ["cidr:192.0.2.0/24"], SECONDS)
    wait_for(lambda: _connects(address), lambda connects: not connects, SECONDS)


def test_a_node_that_is_excluded_gets_nothing(lab: BalancerLab) -> None:
    lab.apply(service(externalTrafficPolicy="Cluster"))
    answers(lab.ingress())
    node = lab.cluster["node_pools"][0]["nodes"][0]
    label = "node.kubernetes.io/exclude-from-external-load-balancers"
    lab.kubectl("label", "node", node["name"], f"{label}=true")
    try:
        left = wait_for(lambda: lab.balancers()[0]["droplet_ids"], lambda found: len(found) == 1, SECONDS)
        assert left != [int(node["droplet_id"])]
    finally:
        lab.kubectl("label", "node", node["name"], f"{label}-")
    wait_for(lambda: lab.balancers()[0]["droplet_ids"], lambda found: len(found) == 2, SECONDS)


def test_pods_find_names_of_the_account_and_no_others(lab: BalancerLab) -> None:
    lab.apply(service())
    address = lab.ingress()
    answers(address)
    assert lab.api.post("/v2/domains", json={"name": "example.com"}).status_code == 201
    record = {"type": "A", "name": "*.dev", "data": address, "ttl": 30}
    assert lab.api.post("/v2/domains/example.com/records", json=record).status_code == 201
    fetch = (
        "exec",
        "deploy/web",
        "-c",
        "web",
        "--",
        "wget",
        "-q",
        "-O",
        "-",
        "http://web.dev.example.com/cgi-bin/index.cgi",
    )
    assert "." in lab.kubectl(*fetch)
    missing = lab.run_kubectl("exec", "deploy/web", "-c", "web", "--", "nslookup", "www.example.net")
    assert "NXDOMAIN" in missing.stdout + missing.stderr
    assert lab.api.delete("/v2/domains/example.com").status_code == 204


def test_traffic_goes_on_while_the_labs_server_is_away(lab: BalancerLab) -> None:
    lab.apply(service())
    address = lab.ingress()
    answers(address)
    lab.server.stop()
    try:
        assert get(address).status_code == 200
        # A Service is taken although nobody answers for the webhook.
        lab.apply(service("second", ports=[{"port": 82, "targetPort": 8080}]))
    finally:
        lab.server.start()
    assert lab.ingress("second") != address
    assert get(address).status_code == 200


def _connects(address: str) -> bool:
    started = time.monotonic()
    try:
        socket.create_connection((address, 80), timeout=1).close()
    except OSError:
        # Dropped, not refused.
        assert time.monotonic() - started >= 1
        return False
    return True
