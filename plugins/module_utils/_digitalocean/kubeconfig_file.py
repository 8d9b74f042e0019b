# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""The file a kubeconfig is kept in: reused while it is good, replaced in one step, readable by its owner only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import missing_required_lib

from .. import _text_file
from .._argument_spec import ArgumentSpec
from .._errors import InvalidInputError, MissingLibraryError
from .._outcome import Outcome
from .._reconcile import JsonObject, declared
from . import kubeconfig
from .client import DigitalOcean
from .cluster_state import state_of
from .kubernetes_cluster import find_cluster
from .lookup import make_twice_at_most
from .vpc import is_uuid

try:
    import yaml

    HAS_YAML = True
except ImportError:
    HAS_YAML = False

KUBECONFIG_SPEC = ArgumentSpec(
    options={
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "name": {"type": "str", "required": True},
        "path": {"type": "path", "required": True},
        "expiry_seconds": {"type": "int", "default": 86400},
        "renew_before": {"type": "int"},
    },
)


class KubeconfigFile:
    """One kubeconfig of one cluster. It touches no file that it did not write.

    Connecting is left to the caller (connect), since removing a file needs no account.
    """

    def __init__(
        self,
        params: Mapping[str, Any],
        *,
        check_mode: bool,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        if not HAS_YAML:
            raise MissingLibraryError(missing_required_lib("PyYAML"))
        self.params: JsonObject = declared(params)
        self.path = Path(params["path"])
        self.check_mode = check_mode
        self.clock = clock

    def present(self, api: DigitalOcean) -> Outcome:
        """Write the file when there is none, or when the one there is not good for long enough."""
        expiry = int(self.params["expiry_seconds"])
        renew_before = int(self.params.get("renew_before", expiry // 4))
        if expiry < 1 or not 0 <= renew_before < expiry:
            raise InvalidInputError(
                f"expiry_seconds is {expiry} and renew_before is {renew_before}: a new token would be renewed at once.",
                "Give an expiry_seconds above 0 and a renew_before that is less.",
            )
        facts = self._read()
        cluster = self._cluster(api)
        if cluster is None:
            return self._for_a_cluster_to_come()
        reason = kubeconfig.reason_to_renew(facts, cluster, self.clock(), renew_before)
        context, endpoint = kubeconfig.context_name(cluster), str(cluster.get("endpoint") or "")
        after = {"path": str(self.path), "context": context, "endpoint": endpoint, "mode": "0600"}
        if facts is not None and not reason:
            return self._keep(facts, after)
        if not endpoint:
            raise InvalidInputError(
                f"Cluster {self.params['name']!r} has no endpoint yet: it is still being made.",
                "Wait until it runs (slipway.gitops.do_kubernetes_cluster with wait: true), then run again.",
            )
        _text_file.refuse_unwritable(self.path)
        before = {} if facts is None else self._view(facts)
        expires_at, warnings = None, list[str]()
        if not self.check_mode:
            expires_at, warnings = self._renew(api, cluster, expiry)
        change = f"write kubeconfig {self.path} for cluster {cluster['name']}: {reason}"
        return Outcome([change], before, after, self._data(context, endpoint, expires_at), warnings)

    def _renew(self, api: DigitalOcean, cluster: JsonObject, expiry: int) -> tuple[str, list[str]]:
        """Every call makes a token, which cannot be revoked. When it expires, and warnings."""

        def make() -> JsonObject:
            credentials = api.credentials(str(cluster["id"]), expiry)
            if credentials is None:
                raise InvalidInputError(
                    f"DigitalOcean has no credentials for cluster {self.params['name']!r}: "
                    f"it is in state {state_of(cluster)}, and still being made or already gone.",
                    "Run again when it runs.",
                )
            return kubeconfig.build(cluster, credentials)

        document, warnings = make_twice_at_most(
            make,
            lambda: self._cluster(api),
            f"a token of cluster {cluster['name']}",
            lambda: kubeconfig.format_time(self.clock() + timedelta(seconds=expiry)),
        )
        _text_file.write(self.path, yaml.safe_dump(document, sort_keys=False))
        written = kubeconfig.read_facts(document)
        return kubeconfig.format_time(written.expires_at) if written else "", warnings

    def _keep(self, facts: kubeconfig.KubeconfigFacts, after: JsonObject) -> Outcome:
        data = self._data(facts.context, facts.endpoint, kubeconfig.format_time(facts.expires_at))
        before = self._view(facts)
        changes = []
        if before["mode"] != after["mode"]:
            changes = [f"mode of kubeconfig {self.path} {before['mode']} -> {after['mode']}"]
            if not self.check_mode:
                self.path.chmod(_text_file.PRIVATE_MODE)
        return Outcome(changes, before, after, data)

    def _for_a_cluster_to_come(self) -> Outcome:
        name = self.params["name"]
        if not self.check_mode:
            raise InvalidInputError(
                f"There is no cluster {name!r}.", "Create it with slipway.gitops.do_kubernetes_cluster first."
            )
        change = f"write kubeconfig {self.path} for cluster {name}, when that exists"
        return Outcome([change], {}, {"path": str(self.path), "mode": "0600"}, self._data("", "", None))

    def absent(self) -> Outcome:
        """Remove the file. Needs neither the cluster nor the account; its token runs out by itself."""
        facts = self._read()
        data = self._data("", "", None)
        if not self.path.exists():
            return Outcome(data=data)
        before = self._view(facts) if facts else {"path": str(self.path)}
        if not self.check_mode:
            _text_file.remove(self.path)
        return Outcome([f"remove kubeconfig {self.path}"], before, {}, data)

    def _cluster(self, api: DigitalOcean) -> JsonObject | None:
        name = str(self.params["name"])
        return api.cluster(name) if is_uuid(name) else find_cluster(api, name)

    def _read(self) -> kubeconfig.KubeconfigFacts | None:
        """What the file says about itself, None without a file or with an empty one.

        Raises InvalidInputError for a file of somebody else: it may hold other clusters' credentials.
        """
        text = _text_file.read(self.path, "a kubeconfig")
        if not text.strip():
            return None
        try:
            facts = kubeconfig.read_facts(yaml.safe_load(text))
        except yaml.YAMLError:
            facts = None
        if facts is None:
            raise InvalidInputError(
                f"{self.path} is there and was not written by this module, so it is left alone.",
                "Give another path, or move the file away.",
            )
        return facts

    def _view(self, facts: kubeconfig.KubeconfigFacts) -> JsonObject:
        return {
            "path": str(self.path),
            "context": facts.context,
            "endpoint": facts.endpoint,
            "mode": _text_file.mode(self.path),
        }

    def _data(self, context: str, endpoint: str, expires_at: str | None) -> JsonObject:
        return {
            "path": str(self.path),
            "context": context or None,
            "endpoint": endpoint or None,
            "expires_at": expires_at,
        }
