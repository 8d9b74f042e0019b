# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""Clusters that Argo CD deploys to. Credentials are written whole or not at all, and never read."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from .._argument_spec import ArgumentSpec, wait_spec
from .._errors import AmbiguousNameError, ImmutableDriftError, InvalidInputError, raise_all
from .._grammar import Each, Rule, at_least, matching, optional, problems_of
from .._kubernetes.grammar import DNS_LABEL
from .._outcome import Outcome
from .._reconcile import Change, JsonObject
from . import fingerprint, grammar, target_cluster
from .client import Client
from .cluster_connection import ConnectionWait
from .module import Run
from .options import options_of, to_api
from .schema import check
from .values import canonical, differences, merged

IN_CLUSTER = "https://kubernetes.default.svc"
FINGERPRINT = "slipway.gitops/config-fingerprint"
# Written by Argo CD or by this module, never by the user.
SYSTEM_ANNOTATIONS = frozenset({FINGERPRINT, "argocd.argoproj.io/refresh"})
OWN_FIELDS = ("name", "project", "namespaces", "clusterResources", "shard", "labels", "annotations")
CLUSTER_RULES: Mapping[str, Rule] = {
    "server": matching(r"\S+", "the URL of a cluster's API, such as https://203.0.113.7:6443"),
    "project": optional(grammar.NAME),
    "namespaces": Each(DNS_LABEL),
    "shard": at_least(-1),
    # Both are those of the Secret that Argo CD keeps the cluster in.
    "labels": grammar.LABELS,
    "annotations": grammar.ANNOTATIONS,
}
# What the API returns of config; the rest it keeps to itself.
VISIBLE_TLS = ("insecure", "serverName")
VISIBLE_CONFIG = ("awsAuthConfig", "proxyUrl", "disableCompression")
NO_SHARD = -1
REFUSED_CREDENTIALS = re.compile(
    "unauthorized|forbidden|must be logged in|provide credentials|anonymous", re.IGNORECASE
)

CLUSTER_SPEC = ArgumentSpec(
    options={
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "name": {"type": "str"},
        "server": {"type": "str"},
        "config": {"type": "dict", "options": options_of("ClusterConfig")},
        "project": {"type": "str"},
        "namespaces": {"type": "list", "elements": "str"},
        "cluster_resources": {"type": "bool"},
        "shard": {"type": "int"},
        "labels": {"type": "dict"},
        "annotations": {"type": "dict"},
        "purge": {"type": "list", "elements": "str", "choices": ["labels", "annotations"], "default": []},
        "verify_credentials": {"type": "bool", "default": True},
    },
    required_one_of=(("name", "server"),),
    required_if=(("state", "present", ("server",)),),
).merge(wait_spec(60))
CLUSTER_INFO_SPEC = ArgumentSpec(
    options={"name": {"type": "str"}, "server": {"type": "str"}, "labels": {"type": "dict"}}
)


def manage_cluster(run: Run) -> Outcome:
    """Register a cluster as declared, change what differs, or remove it."""
    clusters = run.client.items("list clusters", "clusters")
    if run.params["state"] == "absent":
        return _remove(run, clusters)
    named = f"Cluster {run.params['name'] or run.params['server']}"
    desired = _desired(run.params)
    raise_all(problems_of(CLUSTER_RULES, run.params), InvalidInputError, f"{named} cannot be as asked")
    server = desired["server"]
    live = find_cluster(clusters, server)
    _refuse_name_of_another(desired, clusters)
    after = _merged(live or {"server": server}, desired, run.params["purge"])
    credentials = _credentials_change(live, desired)
    if credentials and run.params["verify_credentials"] and target_cluster.can_be_asked(desired["config"]):
        target_cluster.identity(server, desired["config"], run.params["api_timeout"])
    changes = [*differences(_view(live or {}), _view(after))]
    name = after.get("name") or server
    if live is None:
        sentences = [f"register cluster {name} at {server}"]
    else:
        sentences = [f"cluster {name}: {change.describe()}" for change in changes]
        sentences += [f"cluster {name}: write credentials: {credentials}"] if credentials else []
    result = after
    if sentences and not run.check_mode:
        result = _write(run, live, after, changes, desired.get("config") if credentials else None)
    before = _view(live) if live else {}
    shown = _view(after)
    if credentials:
        before["credentials"] = "stored" if live else None
        shown["credentials"] = f"written: {credentials}"
    return Outcome(sentences, before, shown, {"cluster": _public(result)})


def cluster_info(run: Run) -> Outcome:
    """Clusters, filtered by name, server and labels."""
    name, server, labels = run.params["name"], run.params["server"], run.params["labels"] or {}
    found = [
        cluster
        for cluster in run.client.items("list clusters", "clusters")
        if (not name or cluster.get("name") == name)
        and (not server or _same_server(cluster["server"], server))
        and all((cluster.get("labels") or {}).get(key) == str(value) for key, value in labels.items())
    ]
    return Outcome(data={"clusters": [_public(cluster) for cluster in found]})


def find_cluster(clusters: list[JsonObject], server: str) -> JsonObject | None:
    """The cluster of this server. Raises AmbiguousNameError when two entries have it."""
    found = [cluster for cluster in clusters if _same_server(cluster["server"], server)]
    if len(found) > 1:
        names = ", ".join(str(cluster.get("name")) for cluster in found)
        raise AmbiguousNameError(
            f"{len(found)} entries are registered for server {server}: {names}.",
            "Remove them with state absent (all of them go), then register it once.",
        )
    return found[0] if found else None


def _same_server(one: str, other: str) -> bool:
    return one.rstrip("/") == other.rstrip("/")


def _desired(params: Mapping[str, Any]) -> JsonObject:
    """What is declared, in the API's terms."""
    desired = to_api("Cluster", {key: value for key, value in params.items() if key not in {"labels", "annotations"}})
    # With a trailing slash Argo CD would keep a second entry for the same server.
    desired["server"] = str(desired["server"]).rstrip("/")
    for name in ("labels", "annotations"):
        if params[name] is not None:
            check(f"Cluster {desired['server']}", params[name], "map of str", name)
            desired[name] = params[name]
    if "config" in desired:
        desired["config"] = _encoded(desired["config"])
    return desired


def _encoded(config: JsonObject) -> JsonObject:
    """The configuration with PEM texts in base64, as the API wants them."""
    result = deepcopy(config)
    tls = result.get("tlsClientConfig") or {}
    for field in ("caData", "certData", "keyData"):
        if str(tls.get(field, "")).lstrip().startswith("-----BEGIN"):
            tls[field] = base64.b64encode(tls[field].encode()).decode()
    return result


def _refuse_name_of_another(desired: JsonObject, clusters: list[JsonObject]) -> None:
    """Two clusters of one name would make every application that names its destination fail."""
    name = desired.get("name")
    for cluster in clusters:
        if name and cluster.get("name") == name and not _same_server(cluster["server"], desired["server"]):
            raise ImmutableDriftError(
                f"Cluster {name} is registered for server {cluster['server']}, and its server cannot be changed "
                f"to {desired['server']}.",
                f"Remove the old entry first (state absent, server {cluster['server']}), or take another name.",
            )


def _merged(live: JsonObject, desired: JsonObject, purge: list[str]) -> JsonObject:
    """The cluster as it is to become, without credentials."""
    after = deepcopy(live)
    for field in OWN_FIELDS:
        if field not in desired:
            continue
        if field in {"labels", "annotations"}:
            base = live.get(field) or {}
            if field in purge:
                base = {key: value for key, value in base.items() if key in SYSTEM_ANNOTATIONS}
            after[field] = merged(base, desired[field], "map of str")
        else:
            after[field] = desired[field]
    if after.get("shard") == NO_SHARD:
        after.pop("shard")
    config = desired.get("config")
    if config is not None:
        after["config"] = _visible(config)
    after.setdefault("name", after["server"])
    return after


def _visible(config: JsonObject) -> JsonObject:
    """The part of a configuration that the API returns."""
    tls = config.get("tlsClientConfig") or {}
    shown = {field: config[field] for field in VISIBLE_CONFIG if config.get(field)}
    return {**shown, "tlsClientConfig": {field: tls[field] for field in VISIBLE_TLS if tls.get(field)}}


def _view(cluster: JsonObject) -> JsonObject:
    """What of a cluster is compared and shown."""
    annotations = cluster.get("annotations") or {}
    shown: JsonObject = {
        field: canonical(cluster.get(field), "list of str" if field == "namespaces" else "any")
        for field in OWN_FIELDS
        if field != "annotations" and cluster.get(field) not in (None, "", False, {}, [])
    }
    if cluster.get("shard") == 0:
        shown["shard"] = 0
    own = {key: value for key, value in annotations.items() if key not in SYSTEM_ANNOTATIONS}
    config = canonical(_visible(cluster.get("config") or {}), "ClusterConfig")
    return {**shown, **({"annotations": own} if own else {}), **({"config": config} if config else {})}


def _public(cluster: JsonObject) -> JsonObject:
    """A cluster as the module returns it. The API leaves secrets out; this holds for check mode too."""
    return {**cluster, "config": _visible(cluster.get("config") or {})}


def _credentials_change(live: JsonObject | None, desired: JsonObject) -> str:
    """Why the configuration has to be written, "" when it has not."""
    config = desired.get("config")
    if config is None:
        return ""
    if live is None:
        return "new"
    mark = (live.get("annotations") or {}).get(FINGERPRINT)
    if mark is None:
        return "those that are stored were not written by this module"
    if not fingerprint.matches(mark, config):
        return "they are not the stored ones"
    state = live.get("connectionState") or {}
    if state.get("status") == "Failed" and REFUSED_CREDENTIALS.search(str(state.get("message", ""))):
        return "the cluster refuses the stored ones"
    return ""


def _write(
    run: Run, live: JsonObject | None, after: JsonObject, changes: list[Change], config: JsonObject | None
) -> JsonObject:
    server, name = after["server"], after.get("name") or after["server"]
    body = {field: after[field] for field in ("server", *OWN_FIELDS) if field in after}
    if config is not None:
        body["config"] = config
        body["annotations"] = {**(after.get("annotations") or {}), FINGERPRINT: fingerprint.fingerprint(config)}
    if live is None:
        run.client.change(f"register cluster {name}", "POST", "clusters", body=body)
    else:
        # Only the named fields are taken from the body: what the API does not return stays as it is stored.
        fields = {change.path.split(".")[0].split("[")[0] for change in changes} - {"config"}
        fields |= {"config", "annotations"} if config is not None else set()
        if "config" in {change.path.split(".")[0] for change in changes} and config is None:
            raise InvalidInputError(f"Cluster {name}: config can only be changed as a whole, with its credentials.")
        query = {"updatedFields": sorted(fields), "id.type": "url"}
        run.client.change(f"update cluster {name}", "PUT", "clusters", server, query=query, body=body)
    run.done.append(f"cluster {name} written")
    if config is not None and run.params["wait"]:
        wait = ConnectionWait(run, server, name, replaced=live is not None, read=lambda: _read(run.client, server))
        wait.until_used()
    return _read(run.client, server) or after


def _read(client: Client, server: str) -> JsonObject:
    """The entry of a server as it is now; empty when there is none."""
    return find_cluster(client.items("list clusters", "clusters"), server) or {}


def _remove(run: Run, clusters: list[JsonObject]) -> Outcome:
    found = _to_remove(run.params, clusters)
    if not found:
        return Outcome(data={"cluster": None})
    changes = [f"remove cluster {cluster.get('name')} at {cluster['server']}" for cluster in found]
    if not run.check_mode:
        for server in dict.fromkeys(cluster["server"] for cluster in found):
            _delete(run.client, server)
            run.done.append(f"cluster {server} removed")
    return Outcome(changes, {"clusters": [_view(cluster) for cluster in found]}, {}, {"cluster": None})


def _to_remove(params: Mapping[str, Any], clusters: list[JsonObject]) -> list[JsonObject]:
    name, server = params["name"], params["server"]
    found = [
        cluster
        for cluster in clusters
        if (not server or _same_server(cluster["server"], server)) and (not name or cluster.get("name") == name)
    ]
    # Argo CD shows the cluster it runs in although nothing is stored for it; such an entry has no labels and no marks.
    return [c for c in found if c["server"] != IN_CLUSTER or c.get("labels") or c.get("annotations")]


def _delete(client: Client, server: str) -> None:
    """Delete every entry of the server: one call removes one of them."""
    while True:
        client.change(f"remove cluster {server}", "DELETE", "clusters", server, query={"id.type": "url"})
        left = [c for c in client.items("list clusters", "clusters") if _same_server(c["server"], server)]
        if not left or server == IN_CLUSTER:
            return
