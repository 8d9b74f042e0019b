# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of a cluster's ingress: those of an environment that it has left are told."""

from __future__ import annotations

from ansible_runs import Workplace


def test_names_of_the_environment_before_are_told(workplace: Workplace) -> None:
    workplace.stands("local")
    # There is no Kubernetes behind the API of these tests.
    (workplace.kubeconfigs / "dev.yaml").unlink()
    with workplace.server.client() as client:
        rule = {"entry_protocol": "tcp", "entry_port": 80, "target_protocol": "tcp", "target_port": 80}
        body = {
            "name": "dev-ingress", "region": "ams3", "type": "REGIONAL_NETWORK", "forwarding_rules": [rule],
            "vpc_uuid": workplace.cluster("dev")["vpc_uuid"],
        }  # fmt: skip
        made = client.post("/v2/load_balancers", json=body).raise_for_status().json()["load_balancer"]
    address = workplace.get(f"/v2/load_balancers/{made['id']}")["load_balancer"]["ip"]
    assert address
    workplace.make_record("example.com", "*.dev")
    with workplace.server.client() as client:
        for name in ("*.staging", "shop"):
            record = {"type": "A", "name": name, "data": address, "ttl": 300}
            client.post("/v2/domains/example.com/records", json=record).raise_for_status()
    run = workplace.run("site.yml", "local", "--check", "--tags", "ingress", "--limit", "hub,dev").succeeded()
    assert run.mutating == []
    said = run.message("slipway.gitops.ingress_lb : Say which names nothing asks for")
    assert "*.staging.example.com leads to load balancer dev-ingress too" in said
    assert "    *.staging.example.com leads there too" in run.message("Report")
    assert "shop.example.com" not in run.output
