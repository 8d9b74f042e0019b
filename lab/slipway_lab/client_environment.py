# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a shell needs to use the lab: token, API address, CA, and the lab's kubectl on the PATH."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Callable

from slipway_lab.build.binaries import BinaryCache
from slipway_lab.build.upstreams import available_kubernetes_versions, kubernetes
from slipway_lab.config import LabConfig, NodeKind

_PROGRAMS = ("kubectl",)


def link_programs(config: LabConfig, say: Callable[[str], None]) -> None:
    """Put what users call into LAB_HOME/bin, without everything else that was built."""
    if config.nodes is NodeKind.NONE:
        return
    binaries = BinaryCache(config.cache).ensure(kubernetes(available_kubernetes_versions()[0]), say)
    directory = config.home / "bin"
    directory.mkdir(parents=True, exist_ok=True)
    for name in _PROGRAMS:
        temporary = directory / f".{name}.new"
        temporary.unlink(missing_ok=True)
        temporary.symlink_to(binaries[name])
        temporary.replace(directory / name)


def client_environment(config: LabConfig) -> dict[str, str]:
    """Variables for the collection, pydo and kubectl. FileNotFoundError when the lab was never up."""
    found = {
        "DIGITALOCEAN_TOKEN": (config.home / "token").read_text().strip(),
        "DIGITALOCEAN_API_URL": config.api_url,
        "DIGITALOCEAN_CA_CERT": str(config.ca_file),
    }
    programs, path = str(config.home / "bin"), os.environ.get("PATH", os.defpath)
    if config.nodes is not NodeKind.NONE:
        found["PATH"] = path if programs in path.split(os.pathsep) else f"{programs}{os.pathsep}{path}"
    return found


def as_json(environment: dict[str, str]) -> str:
    return json.dumps(environment, indent=2)


def as_exports(environment: dict[str, str]) -> str:
    """Lines for `eval` in a shell."""
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in environment.items())
