# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""destroy.yml: removes exactly what was confirmed, says so, and is finished by the next run when it was stopped."""

from __future__ import annotations

import pytest
from ansible_runs import Workplace, assert_check_told_what_was_done

DIGEST = "sha256:" + "a" * 64
ALL = ("-e", "destroy_confirm=hub,dev,prod", "-e", "destroy_associated_resources=true")
NAMED = (*ALL, "-e", "destroy_registry_confirm=slipway")


@pytest.mark.long
def test_everything_goes_and_is_named(workplace: Workplace) -> None:
    workplace.stands("local")
    check = workplace.destroy("local", "--check", "--diff", *ALL).succeeded()
    run = workplace.destroy("local", "--diff", *ALL).succeeded()
    assert_check_told_what_was_done(check, run)
    assert workplace.is_empty()
    assert list(workplace.kubeconfigs.iterdir()) == []
    report = run.message("Say what was removed")
    for words in ("delete cluster hub", "delete cluster dev", "delete cluster prod", "delete VPC slipway-ams3"):
        assert words in report
    assert report.splitlines()[1:] == run.message("Say what is to be removed").splitlines()[1:]

    again = workplace.destroy("local", *ALL).succeeded()
    assert again.changed == []
    assert again.mutating == []
    assert "There is nothing to remove." in again.message("Say what is to be removed")


@pytest.mark.long
def test_without_the_exact_confirmation_nothing_goes(workplace: Workplace) -> None:
    workplace.stands("dev")
    for confirmation in ("", "DEV", "hub,dev"):
        run = workplace.destroy("dev", *(["-e", f"destroy_confirm={confirmation}"] if confirmation else []))
        assert run.returncode != 0, confirmation
        assert run.mutating == []
        assert run.changed == []
        assert "Nothing was removed" in run.errors
        assert "-e destroy_confirm=dev" in run.errors
        assert "delete cluster dev" in run.message("Say what is to be removed")
        assert "delete cluster hub" not in run.message("Say what is to be removed")


@pytest.mark.long
def test_one_environment_leaves_hub_and_the_other_alone(workplace: Workplace) -> None:
    workplace.stands("local")
    before = {name: workplace.cluster(name) for name in ("hub", "prod")}
    run = workplace.destroy("dev", "-e", "destroy_confirm=dev").succeeded()
    assert workplace.clusters() == ["hub", "prod"]
    assert {name: workplace.cluster(name) for name in ("hub", "prod")} == before
    assert sorted(path.name for path in workplace.kubeconfigs.iterdir()) == ["hub.yaml", "prod.yaml"]
    assert "VPC slipway-ams3" in run.message("Say what was removed")
    assert "STAYS" in run.message("Say what was removed")
    assert "hub" in run.output.split("nobody is deleting the cluster")[1].splitlines()[0]


@pytest.mark.long
def test_the_hub_goes_only_when_named_and_asked_for(workplace: Workplace) -> None:
    workplace.stands("dev")
    named = workplace.destroy("dev", "-e", "destroy_confirm=hub,dev")
    asked = workplace.destroy("dev", "-e", "destroy_confirm=dev", "-e", "destroy_hub=true")
    for run in (named, asked):
        assert run.returncode != 0
        assert run.mutating == []
    workplace.destroy("dev", "-e", "destroy_confirm=hub,dev", "-e", "destroy_hub=true").succeeded()
    assert workplace.is_empty()


@pytest.mark.long
def test_limit_spares_the_rest(workplace: Workplace) -> None:
    workplace.stands("local")
    workplace.destroy("local", "--limit", "dev", "-e", "destroy_confirm=dev").succeeded()
    assert workplace.clusters() == ["hub", "prod"]


@pytest.mark.long
def test_a_cluster_that_is_gone_may_be_confirmed_and_need_not(workplace: Workplace) -> None:
    workplace.stands("local")
    workplace.destroy("local", "--limit", "dev", "-e", "destroy_confirm=dev").succeeded()
    less = workplace.destroy("local", "-e", "destroy_confirm=dev,hub")
    assert less.returncode != 0
    assert "-e destroy_confirm=hub,prod" in less.errors
    assert less.mutating == []
    workplace.destroy("local", "-e", "destroy_confirm=prod,hub,dev").succeeded()
    assert workplace.is_empty()


@pytest.mark.long
def test_the_default_vpc_of_a_region_stays_and_says_why(workplace: Workplace) -> None:
    """DigitalOcean makes the first VPC of a region its default, and deletes no default."""
    variables = ("-e", "slipway_region=fra1", "--limit", "dev", "-e", "destroy_confirm=dev")
    workplace.site("dev", *variables).succeeded()
    run = workplace.destroy("dev", *variables).succeeded()
    assert "STAYS: it is the first of its region" in run.message("Say what was removed")
    again = workplace.destroy("dev", *variables).succeeded()
    assert again.changed == []
    assert again.mutating == []


@pytest.mark.long
def test_what_clusters_made_goes_only_when_told(workplace: Workplace) -> None:
    workplace.stands("dev", "--limit", "dev")
    workplace.make_volume("dev", "data")
    kept = workplace.destroy("dev", "-e", "destroy_confirm=dev").succeeded()
    assert workplace.volumes() == ["data"]
    report = kept.message("Say what was removed")
    assert "STAYS and goes on costing: volume data" in report

    workplace.site("dev", "--limit", "dev").succeeded()
    workplace.make_volume("dev", "more")
    gone = workplace.destroy("dev", "-e", "destroy_confirm=dev", "-e", "destroy_associated_resources=true").succeeded()
    assert workplace.volumes() == ["data"]
    assert "delete volume more" in gone.message("Say what was removed")


@pytest.mark.long
def test_a_vpc_with_a_load_balancer_that_stays(workplace: Workplace) -> None:
    workplace.stands("dev", "--limit", "dev")
    workplace.make_load_balancer("dev", "web")
    check = workplace.destroy("dev", "--check", "--diff").succeeded()
    run = workplace.destroy("dev", "--diff", "-e", "destroy_confirm=dev").succeeded()
    assert_check_told_what_was_done(check, run)
    report = run.message("Say what was removed")
    assert "STAYS and goes on costing: load balancer web" in report
    assert "STAYS, for the load balancers that stay are in it" in report


INGRESS = ("-e", '{"slipway_ingress": {"enabled": true}}')


@pytest.mark.long
def test_load_balancer_and_name_of_the_ingress_stay_for_next_time(workplace: Workplace) -> None:
    workplace.stands("dev", "--limit", "dev")
    workplace.make_load_balancer("dev", "dev-ingress")
    workplace.make_record("example.com", "*.dev")
    run = workplace.destroy("dev", *INGRESS, "-e", "destroy_confirm=dev").succeeded()
    assert workplace.load_balancers() == ["dev-ingress"]
    assert workplace.records("example.com") == ["*.dev"]
    assert "STAYS and goes on costing: load balancer dev-ingress" in run.message("Say what was removed")

    gone = ("-e", "destroy_associated_resources=true", *INGRESS)
    refused = workplace.destroy("dev", *gone)
    assert refused.mutating == []
    assert "-e destroy_confirm=dev" in refused.errors
    workplace.destroy("dev", *gone, "-e", "destroy_confirm=dev").succeeded()
    assert workplace.is_empty()
    assert workplace.records("example.com") == []


@pytest.mark.long
def test_load_balancer_and_name_of_the_ingress_go_when_told(workplace: Workplace) -> None:
    """The name before the load balancer, which leads to nothing of ours once it is gone."""
    workplace.stands("dev", "--limit", "dev")
    workplace.make_load_balancer("dev", "dev-ingress")
    workplace.make_record("example.com", "*.dev")
    arguments = (*INGRESS, "-e", "destroy_confirm=dev", "-e", "destroy_associated_resources=true")
    run = workplace.destroy("dev", *arguments).succeeded()
    assert workplace.is_empty()
    assert workplace.load_balancers() == []
    assert workplace.records("example.com") == []
    kinds = [call.split("/")[2] for call in run.mutating if call.startswith("DELETE ")]
    assert kinds[:2] == ["domains", "load_balancers"]
    report = run.message("Say what was removed")
    assert report.count("delete load balancer dev-ingress") == 1
    assert "*.dev" in report
    assert report.splitlines()[1:] == run.message("Say what is to be removed").splitlines()[1:]
    assert workplace.destroy("dev", *arguments).succeeded().changed == []


@pytest.mark.long
def test_a_registry_with_images_goes_only_when_it_is_named(workplace: Workplace) -> None:
    workplace.stands("local")
    workplace.make_registry("slipway")
    workplace.server.admin.note_image("slipway", "web", DIGEST)
    for another in ("web", "Slipway"):
        run = workplace.destroy("local", *ALL, "-e", f"destroy_registry_confirm={another}")
        assert run.returncode != 0
        assert run.mutating == []
        assert "the registry of this inventory is slipway" in run.errors
    kept = workplace.destroy("local", *ALL).succeeded()
    assert workplace.registries() == ["slipway"]
    words = "STAYS and goes on costing: it holds 1 image in web (-e destroy_registry_confirm=slipway removes it"
    for task in ("Say what is to be removed", "Say what was removed"):
        assert words in kept.message(task)
    nothing = workplace.destroy("local", *ALL).succeeded()
    assert nothing.mutating == []
    assert words in nothing.message("Say what is to be removed")

    workplace.site("local").succeeded()
    credential = workplace.make_registry_credential("slipway", "dev-pull")
    unconfirmed = workplace.destroy("local", "-e", "destroy_registry_confirm=slipway")
    assert unconfirmed.returncode != 0
    check = workplace.destroy("local", "--check", *NAMED).succeeded()
    assert unconfirmed.mutating == check.mutating == []
    assert credential.exists()
    gone = workplace.destroy("local", *NAMED).succeeded()
    assert check.changed == gone.changed
    for report in (
        unconfirmed.message("Say what is to be removed"),
        check.message("Say what is to be removed"),
        gone.message("Say what was removed"),
    ):
        assert "delete container registry slipway with 1 image in web" in report
        assert "revoke the read-only (pull) credentials for container registry slipway" in report
    assert workplace.is_empty()
    assert not credential.exists()


NOT_FOUND = '{"id": "not_found", "message": "The resource you requested could not be found."}'
ANSWERS_OF_NOTHING = [
    {"status": 404, "body": NOT_FOUND},
    pytest.param({"status": 404}, marks=pytest.mark.long),
    pytest.param({"status": 200, "body": "{}"}, marks=pytest.mark.long),
]


# The first question is that of the dry run, the second that of the removal itself.
@pytest.mark.parametrize("question", [1, 2])
@pytest.mark.parametrize("answer", ANSWERS_OF_NOTHING)
def test_a_registry_whose_content_cannot_be_told_stays(
    workplace: Workplace, question: int, answer: dict[str, object]
) -> None:
    """Only an empty registry goes without its name. One that is asked and answers nonsense is not empty."""
    workplace.edit(
        "platform/group_vars/all.yml", slipway_registry={"name": "slipway"}, slipway_pipelines={"enabled": False}
    )
    workplace.make_registry("slipway")
    if question == 1:
        workplace.server.admin.note_image("slipway", "web", DIGEST)
    path = "/v2/registries/slipway/repositoriesV2"
    workplace.server.admin.add_fault("answer_before", method="GET", path=path, nth=question, **answer)
    run = workplace.destroy("dev", "-e", "destroy_confirm=hub,dev", "-e", "destroy_hub=true")
    assert run.returncode != 0
    assert run.mutating == []
    assert "It could not be told what is in container registry slipway, so it was left as it is" in run.errors


@pytest.mark.long
def test_a_run_stopped_at_the_registry_is_finished_by_the_next(workplace: Workplace) -> None:
    """Killed when the clusters are gone and the registry is next."""
    workplace.stands("local")
    workplace.make_registry("slipway")
    workplace.server.admin.note_image("slipway", "web", DIGEST)
    for cluster in ("dev", "prod"):
        workplace.make_registry_credential("slipway", f"{cluster}-pull")
    workplace.kill_at("DELETE /v2/vpcs", "playbooks/destroy.yml", "local", *NAMED)
    assert workplace.clusters() == []
    assert workplace.registries() == ["slipway"]
    rest = workplace.destroy("local", *NAMED).succeeded()
    assert "delete container registry slipway with 1 image in web" in rest.message("Say what was removed")
    assert workplace.is_empty()
    assert [path for path in workplace.kubeconfigs.rglob("*") if path.is_file()] == []
    again = workplace.destroy("local", *NAMED).succeeded()
    assert again.changed == []
    assert "There is nothing to remove." in again.message("Say what is to be removed")


@pytest.mark.long
def test_the_registry_stays_with_the_hub(workplace: Workplace) -> None:
    workplace.edit("platform/group_vars/all.yml", slipway_registry={"name": "slipway"})
    workplace.site("dev").succeeded()
    workplace.make_registry("slipway")
    named = workplace.destroy("dev", "-e", "destroy_confirm=dev", "-e", "destroy_registry_confirm=slipway")
    assert named.returncode != 0
    assert named.mutating == []
    assert "the registry slipway goes with the hub (hub), which is not to be removed" in named.errors
    workplace.destroy("dev", "-e", "destroy_confirm=dev").succeeded()
    assert workplace.registries() == ["slipway"]
    refused = workplace.destroy("dev", "-e", "destroy_confirm=dev", "-e", "destroy_hub=true")
    assert refused.returncode != 0
    assert "delete container registry slipway" in refused.message("Say what is to be removed")
    assert workplace.registries() == ["slipway"]
    workplace.destroy("dev", "-e", "destroy_confirm=hub", "-e", "destroy_hub=true").succeeded()
    assert workplace.registries() == []


@pytest.mark.long
def test_a_stopped_run_is_finished_by_the_next(workplace: Workplace) -> None:
    """Killed as soon as the first cluster is being deleted."""
    workplace.stands("local")
    workplace.kill_at("DELETE", "playbooks/destroy.yml", "local", *ALL)
    assert not workplace.is_empty()
    workplace.destroy("local", *ALL).succeeded()
    assert workplace.is_empty()
    assert workplace.destroy("local", *ALL).succeeded().changed == []


@pytest.mark.long
def test_a_hub_whose_argocd_does_not_answer_holds_nothing_up(workplace: Workplace) -> None:
    """Clusters of this lab are records only, so there is no Argo CD that could forget the cluster."""
    workplace.site("dev").succeeded()
    check = workplace.destroy("dev", "--check", "--diff").succeeded()
    run = workplace.destroy("dev", "--diff", "-e", "destroy_confirm=dev").succeeded()
    assert_check_told_what_was_done(check, run)
    assert workplace.clusters() == ["hub"]
    for report in (check.message("Say what is to be removed"), run.message("Say what was removed")):
        assert "Argo CD of hub" in report
        assert "STAYS as it is, with what it knows of these clusters, for it cannot be asked" in report


# Of three names, three load balancers, three clusters and a VPC.
@pytest.mark.long
@pytest.mark.parametrize("deletions", [2, 5, 8])
def test_a_run_stopped_anywhere_leaves_no_load_balancer_and_no_name(workplace: Workplace, deletions: int) -> None:
    workplace.stands("local")
    for cluster in ("hub", "dev", "prod"):
        workplace.make_load_balancer(cluster, f"{cluster}-ingress")
        workplace.make_record("example.com", f"*.{cluster}")
    workplace.kill_at("DELETE", "playbooks/destroy.yml", "local", *ALL, *INGRESS, nth=deletions)
    assert not workplace.is_empty()
    workplace.destroy("local", *ALL, *INGRESS).succeeded()
    assert workplace.is_empty()
    assert workplace.records("example.com") == []
    assert workplace.destroy("local", *ALL, *INGRESS).succeeded().changed == []
