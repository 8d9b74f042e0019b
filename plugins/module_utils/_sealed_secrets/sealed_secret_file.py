# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to this collection: it can change in any release.
"""A SealedSecret in a file: values that did not change keep their sealed text, so Git sees no change either."""

from __future__ import annotations

import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ansible.module_utils.basic import missing_required_lib

from .. import _text_file
from .._argument_spec import ArgumentSpec
from .._errors import InvalidInputError, MissingLibraryError
from .._outcome import Outcome
from .._reconcile import JsonObject
from .manifest import API_VERSION, SECRET_SPEC, Declared, build, normalised, scope_of, view
from .openers import Opener, Unopened
from .sealing import require_cryptography, seal
from .short_names import KIND

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

try:
    import yaml

    HAS_YAML = True
except ImportError:
    HAS_YAML = False

# What is sealed may be read by anyone.
NEW_FILE_MODE = 0o644

SEALED_SECRET_SPEC = SECRET_SPEC.merge(
    ArgumentSpec(
        options={
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "path": {"type": "path", "required": True},
            "certificate": {"type": "str"},
            "certificate_path": {"type": "path"},
            "kubeconfig": {"type": "path"},
            "kubeconfig_context": {"type": "str"},
            "controller_namespace": {"type": "str", "default": "kube-system"},
            "controller_name": {"type": "str", "default": "sealed-secrets-controller"},
            "sealing_keys_path": {"type": "path"},
            "reseal": {"type": "str", "choices": ["changed", "all"], "default": "changed"},
        },
        mutually_exclusive=(("certificate", "certificate_path"), ("sealing_keys_path", "kubeconfig")),
    )
)


class SealedSecretFile:
    """One file with one SealedSecret.

    public_key: gives the key to seal with; called only when something is to be sealed
    opener: gives who can tell what is in the sealed values; None when nobody can
    """

    def __init__(
        self,
        params: Mapping[str, Any],
        public_key: Callable[[], RSAPublicKey],
        opener: Callable[[], Opener | None],
        *,
        check_mode: bool,
    ) -> None:
        require_cryptography()
        if not HAS_YAML:
            raise MissingLibraryError(missing_required_lib("PyYAML"))
        self.path = Path(params["path"])
        self.declared = Declared.from_params(params)
        self.reseal_all = params["reseal"] == "all"
        self.public_key = public_key
        self.opener = opener
        self.check_mode = check_mode

    def present(self) -> Outcome:
        """Seal what is new or different, and keep the rest as it is."""
        existing = self._read()
        kept, changes = self._kept(existing)
        anew = sorted(set(self.declared.values) - set(kept))
        encrypted = kept
        if anew:
            key = self.public_key()
            sealed = {name: seal(key, self.declared.values[name], self.declared.label) for name in anew}
            encrypted = {**kept, **sealed}
        manifest = build(self.declared, existing, dict(sorted(encrypted.items())))
        before, after = view(existing), view(manifest, frozenset(anew))
        if existing and before != after and not changes:
            changes = [f"change {self.declared} in {self.path}"]
        if not existing:
            changes = [f"seal {', '.join(anew) or 'no value'} as {self.declared} into {self.path}"]
        if changes and not self.check_mode:
            mode = stat.S_IMODE(self.path.stat().st_mode) if self.path.exists() else NEW_FILE_MODE
            _text_file.write(self.path, yaml.safe_dump(manifest, sort_keys=False), mode)
        return Outcome(
            changes, before, after, {"path": str(self.path), "sealed_secret": manifest if changes else existing}
        )

    def absent(self) -> Outcome:
        """Remove the file. The cluster keeps its Secret until somebody deletes the SealedSecret there."""
        existing = self._read()
        if not self.path.exists():
            return Outcome(data={"path": str(self.path), "sealed_secret": None})
        if not self.check_mode:
            _text_file.remove(self.path)
        data = {"path": str(self.path), "sealed_secret": None}
        return Outcome([f"remove {self.declared} from {self.path}"], view(existing), {}, data)

    def _kept(self, existing: JsonObject) -> tuple[dict[str, str], list[str]]:
        """Sealed values that stay, and why others do not, one sentence each."""
        if not existing:
            return {}, []
        there: dict[str, str] = existing["spec"]["encryptedData"]
        changes = []
        foreign = sorted(set(there) - set(self.declared.values))
        if self.declared.purge_data:
            changes += [f"remove {name}" for name in foreign]
            foreign = []
        scope = scope_of(existing)
        if foreign and scope != self.declared.scope:
            raise InvalidInputError(
                f"{self.declared} in {self.path} has scope {scope}, and {', '.join(foreign)} would have to be sealed "
                f"again for scope {self.declared.scope}.",
                "Give those values too, or set purge_data to remove them.",
            )
        kept = {name: there[name] for name in foreign}
        known = sorted(set(there) & set(self.declared.values))
        opener = self.opener() if known and not self.reseal_all and scope == self.declared.scope else None
        for name in known:
            reason = self._reason_to_seal(name, there[name], scope, opener)
            if reason:
                changes.append(f"seal {name} again: {reason}")
            else:
                kept[name] = there[name]
        changes += [f"seal {name}: it is new" for name in sorted(set(self.declared.values) - set(there))]
        return kept, changes

    def _reason_to_seal(self, name: str, sealed: str, scope: str, opener: Opener | None) -> str:
        """Why a value has to be sealed again; "" when it is what is declared."""
        if self.reseal_all:
            return "all are to be"
        if scope != self.declared.scope:
            return f"its scope was {scope}"
        if opener is None:
            raise InvalidInputError(
                f"{self.path} has a sealed {name} already, and nobody here can tell whether it changed.",
                "Give the kubeconfig of the cluster that opens it, or a backup of the sealing keys "
                "(sealing_keys_path); or set reseal to all.",
            )
        value = opener.open(name, sealed, self.declared.label)
        if isinstance(value, Unopened):
            return f"it {value.value}"
        return "" if value == self.declared.values[name] else "its value changed"

    def _read(self) -> JsonObject:
        """The SealedSecret of the file, {} without one. Raises InvalidInputError for a file with anything else."""
        text = _text_file.read(self.path, "a file")
        try:
            documents = [document for document in yaml.safe_load_all(text) if document is not None]
        except yaml.YAMLError as error:
            raise InvalidInputError(f"{self.path} is not YAML: {error}.", "Mend the file, or give another.") from None
        if not documents:
            return {}
        [first, *others] = documents
        kind = (first.get("apiVersion"), first.get("kind")) if isinstance(first, dict) else None
        if others or kind != (API_VERSION, KIND):
            raise InvalidInputError(
                f"{self.path} holds something else than one SealedSecret, so it is left alone.", "Give another path."
            )
        manifest = normalised(first)
        metadata = manifest["metadata"]
        there = f"SealedSecret {metadata.get('namespace')}/{metadata.get('name')}"
        if there != str(self.declared):
            raise InvalidInputError(
                f"{self.path} holds {there}, not {self.declared}, so it is left alone.", "Give another path."
            )
        return manifest
