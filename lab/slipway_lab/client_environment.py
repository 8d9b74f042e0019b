# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a shell needs to use the lab: token, API address, CA, mirrors, Git, DNS, no proxy, programs on the PATH."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Callable

from slipway_lab.build.binaries import BinaryCache
from slipway_lab.build.upstreams import UPSTREAMS, available_kubernetes_versions, kubernetes
from slipway_lab.charts.address import charts_url
from slipway_lab.cluster.addresses import MIRROR_PORT
from slipway_lab.config import LabConfig, NodeKind
from slipway_lab.dns.address import dns_address
from slipway_lab.git.address import git_url
from slipway_lab.git.login import USER, password
from slipway_lab.proxies import no_proxy


def link_programs(config: LabConfig, say: Callable[[str], None]) -> None:
    """Put what users call into LAB_HOME/bin, without everything else that was built.

    Nothing is built for it but the newest Kubernetes, which the lab needs anyway.
    """
    if config.nodes is NodeKind.NONE:
        return
    cache = BinaryCache(config.cache)
    newest = kubernetes(available_kubernetes_versions()[0])
    others = [u for u in UPSTREAMS.values() if u.module != newest.module and u.programs and cache.is_built(u)]
    directory = config.home / "bin"
    directory.mkdir(parents=True, exist_ok=True)
    for upstream in (newest, *others):
        binaries = cache.ensure(upstream, say)
        for name in upstream.programs:
            temporary = directory / f".{name}.new"
            temporary.unlink(missing_ok=True)
            temporary.symlink_to(binaries[name])
            temporary.replace(directory / name)


def client_environment(config: LabConfig) -> dict[str, str]:
    """Variables for the collection, pydo and kubectl. FileNotFoundError when the lab was never up."""
    dns_server, dns_port = dns_address(config)
    found = {
        "DIGITALOCEAN_TOKEN": (config.home / "token").read_text().strip(),
        "DIGITALOCEAN_API_URL": config.api_url,
        "DIGITALOCEAN_CA_CERT": str(config.ca_file),
        "SLIPWAY_GIT_URL": git_url(config),
        "SLIPWAY_GIT_USERNAME": USER,
        "SLIPWAY_GIT_PASSWORD": password(config),
        "SLIPWAY_DNS_SERVER": dns_server,
        "SLIPWAY_DNS_PORT": str(dns_port),
        **no_proxy(config, os.environ),
    }
    if config.nodes is NodeKind.REAL:
        found["SLIPWAY_MIRROR"] = str(config.mirror)
        found["SLIPWAY_CHART_MIRROR"] = charts_url(config)
        found["SLIPWAY_IMAGE_MIRROR"] = f"http://{config.host_address}:{MIRROR_PORT}"
    programs, path = str(config.home / "bin"), os.environ.get("PATH", os.defpath)
    if config.nodes is not NodeKind.NONE:
        found["PATH"] = path if programs in path.split(os.pathsep) else f"{programs}{os.pathsep}{path}"
    return found


def as_json(environment: dict[str, str]) -> str:
    return json.dumps(environment, indent=2)


def as_exports(environment: dict[str, str]) -> str:
    """Lines for `eval` in a shell."""
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in environment.items())
