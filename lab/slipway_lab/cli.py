# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command `lab`: brings DigitalOcean in a box up and down on this machine."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence

from slipway_lab import preflight, status_report
from slipway_lab.api.admin import AdminClient, AdminError
from slipway_lab.backend import BackendError
from slipway_lab.build.errors import BuildError
from slipway_lab.build.image_catalogue import image_sets
from slipway_lab.build.prepare import prepare
from slipway_lab.build.upstreams import available_kubernetes_versions
from slipway_lab.client_environment import as_exports, as_json, client_environment, link_programs
from slipway_lab.cluster import create_backend, shut_down_everything
from slipway_lab.cluster.cluster_files import ClusterFiles, known_clusters
from slipway_lab.config import ConfigError, LabConfig, NodeKind
from slipway_lab.dns.errors import DnsError
from slipway_lab.dns.lookup import resolve
from slipway_lab.git.cli import add_git_commands
from slipway_lab.git.errors import GitError
from slipway_lab.proxies import without_proxies
from slipway_lab.registry.server import RegistryServer, stop_registry
from slipway_lab.server_process import ServerProcess, ServerProcessError

_RESUME_SECONDS = 600.0
_REPORT_SECONDS = 5.0


class UsageError(Exception):
    """What was asked cannot be done as things are; the message says why and what to do."""


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        config = LabConfig.from_environment()
        options.run(config, options)
    except (
        AdminError,
        BackendError,
        BuildError,
        ConfigError,
        DnsError,
        GitError,
        ServerProcessError,
        UsageError,
    ) as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("lab: interrupted; the same command goes on from here", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of our output left, as `lab logs | head` does.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lab",
        description="DigitalOcean in a box: its API, and real Kubernetes clusters behind it.",
        epilog="Settings: LAB_HOME, LAB_CACHE, LAB_PORT, LAB_NETWORK, LAB_NODES (real, kwok, none), "
        "LAB_PROVISION_SECONDS; see lab/README.md.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser("up", help="start the lab and resume its clusters")
    command.set_defaults(run=_up)
    command = commands.add_parser("down", help="stop everything; account and clusters stay on disk")
    command.set_defaults(run=_down)
    command = commands.add_parser("status", help="what is running")
    command.add_argument("--json", action="store_true", help="as JSON")
    command.set_defaults(run=_status)
    command = commands.add_parser("logs", help="logs of the server, or of a cluster's machines")
    command.add_argument("cluster", nargs="?", help="name or id")
    command.add_argument("machine", nargs="?", default="control-plane", help="control-plane (default) or a node's name")
    command.add_argument("component", nargs="?", help="such as kubelet or kube-apiserver; all when absent")
    command.add_argument("-f", "--follow", action="store_true", help="go on as lines come in")
    command.add_argument("-n", "--lines", type=int, default=20, help="lines of each log (default %(default)s)")
    command.set_defaults(run=_logs)
    command = commands.add_parser("reset", help="empty the account and remove every cluster")
    command.add_argument("--yes", action="store_true", help="do not ask")
    command.set_defaults(run=_reset)
    command = commands.add_parser("env", help="print the environment that clients of the lab need")
    command.add_argument("--format", choices=("shell", "json"), default="shell", help="default %(default)s")
    command.set_defaults(run=_env)
    command = commands.add_parser("resolve", help="print the address of a name, as the lab's DNS server has it")
    command.add_argument("name", help="such as web.dev.example.com")
    command.set_defaults(run=_resolve)
    command = commands.add_parser("token", help="make another API token and print it")
    command.add_argument("name", help="a name for it")
    command.add_argument("--scope", action="append", help="such as kubernetes:read or vpc:*; all when absent")
    command.set_defaults(run=_token)
    command = commands.add_parser("prepare", help="build binaries and images, start nothing")
    command.add_argument(
        "sets",
        nargs="*",
        metavar="SET",
        help=f"more images, which are otherwise made when pulled: {', '.join(sorted(image_sets()))}",
    )
    command.add_argument(
        "--kubernetes",
        action="append",
        choices=available_kubernetes_versions(),
        default=[],
        help="one more version; others than the newest are otherwise built when a cluster first has them",
    )
    command.set_defaults(run=_prepare)
    command = commands.add_parser("kubectl", help="run kubectl as administrator of a cluster")
    command.add_argument("cluster", help="name or id")
    command.add_argument("arguments", nargs=argparse.REMAINDER, help="of kubectl, after --")
    command.set_defaults(run=_kubectl)
    add_git_commands(commands)
    return parser


def _say(message: str) -> None:
    print(message, flush=True)


def _up(config: LabConfig, _: argparse.Namespace) -> None:
    server = ServerProcess(config)
    if server.identity() is None:
        _make_ready(config, building_only=False)
        server.start()
    else:
        running = AdminClient(config).status()["nodes"]
        if running != config.nodes:
            raise UsageError(f"The lab is up with LAB_NODES={running}, not {config.nodes}; `lab down` first.")
    link_programs(config, _say)
    _say(f"The lab is up: {config.api_url} (log: {server.log})")
    _wait_for_clusters(config)
    _say(as_exports(client_environment(config)))
    _say('For this shell: eval "$(lab env)"')


def _make_ready(
    config: LabConfig,
    more_images: Sequence[str] = (),
    more_kubernetes_versions: Sequence[str] = (),
    *,
    building_only: bool,
) -> None:
    problems = preflight.require_ready(config, _say, building_only=building_only)
    if problems:
        listed = "\n".join(f"  - {problem.what} {problem.remedy}" for problem in problems)
        raise UsageError(f"This machine cannot run the lab with LAB_NODES={config.nodes}:\n{listed}")
    prepare(config, _say, more_images, more_kubernetes_versions)


def _wait_for_clusters(config: LabConfig) -> None:
    """Until clusters that were there before run again, saying how far they are."""
    client = AdminClient(config)
    started = reported = time.monotonic()
    while (status := client.status())["busy"]:
        now = time.monotonic()
        if now - started > _RESUME_SECONDS:
            raise UsageError(f"Clusters are still being resumed after {_RESUME_SECONDS:.0f} s; see `lab status`.")
        if now - reported > _REPORT_SECONDS:
            reported = now
            waiting = [c for c in status["clusters"] if c["id"] in status["busy"]]
            states = ", ".join(f"{c['name']} ({c['state']})" for c in waiting)
            _say(f"resuming clusters, {now - started:.0f} s: {states}")
        time.sleep(0.3)
    for cluster in status["clusters"]:
        _say(f"cluster {cluster['name']}: {cluster['state']} {cluster['message']}".rstrip())


def _down(config: LabConfig, _: argparse.Namespace) -> None:
    started = time.monotonic()
    was_up = ServerProcess(config).stop()
    stop_registry(config)
    clusters = known_clusters(config)
    shut_down_everything(config)
    if was_up or clusters:
        _say(f"The lab is down ({time.monotonic() - started:.1f} s); `lab up` brings it back as it was.")
    else:
        _say("The lab was not up.")


def _status(config: LabConfig, options: argparse.Namespace) -> None:
    report = status_report.collect(config)
    _say(json.dumps(report, indent=2) if options.json else status_report.as_text(report))


def _logs(config: LabConfig, options: argparse.Namespace) -> None:
    if options.cluster is None:
        files = [ServerProcess(config).log]
    else:
        cluster = _find_cluster(config, options.cluster)
        machine = cluster.control_plane if options.machine == "control-plane" else cluster.node(options.machine)
        files = sorted((machine / "log").glob(f"{options.component or '*'}.log"))
        if not files:
            names = ", ".join(["control-plane", *sorted(d.name for d in cluster.nodes.glob("*"))])
            raise UsageError(f"No log {options.component or ''} of {options.machine}; machines are: {names}")
    follow = ["--follow=name", "--retry"] if options.follow else []
    os.execvp("tail", ["tail", f"--lines={options.lines}", *follow, "--", *map(str, files)])  # noqa: S606


def _reset(config: LabConfig, options: argparse.Namespace) -> None:
    if not options.yes:
        try:
            answer = input(f"Remove everything in the lab's account in {config.home}? Type yes: ")
        except EOFError:
            answer = ""
        if answer != "yes":
            raise UsageError("Nothing was removed; `lab reset --yes` does not ask.")
    if ServerProcess(config).identity() is not None:
        AdminClient(config).reset()
    else:
        backend = create_backend(config)
        for cluster_id in known_clusters(config):
            backend.delete_cluster(cluster_id)
        shut_down_everything(config)
        for file in config.home.glob(f"{config.database.name}*"):
            file.unlink()
        stop_registry(config)
        RegistryServer(config).storage.remove()
    _say("The account is empty, all clusters are gone.")


def _env(config: LabConfig, options: argparse.Namespace) -> None:
    try:
        environment = client_environment(config)
    except FileNotFoundError as error:
        raise UsageError(f"No lab has been up in {config.home}; `lab up` first.") from error
    _say(as_json(environment) if options.format == "json" else as_exports(environment))


def _resolve(config: LabConfig, options: argparse.Namespace) -> None:
    _say("\n".join(resolve(config, options.name)))


def _token(config: LabConfig, options: argparse.Namespace) -> None:
    _say(AdminClient(config).create_token(options.name, options.scope))


def _prepare(config: LabConfig, options: argparse.Namespace) -> None:
    unknown = set(options.sets) - image_sets()
    if unknown:
        known = ", ".join(sorted(image_sets()))
        raise UsageError(f"There is no image set {', '.join(sorted(unknown))}; there are: {known}.")
    _make_ready(config, options.sets, options.kubernetes, building_only=True)


def _kubectl(config: LabConfig, options: argparse.Namespace) -> None:
    cluster = _find_cluster(config, options.cluster)
    program = config.home / "bin" / "kubectl"
    arguments = options.arguments[1:] if options.arguments[:1] == ["--"] else options.arguments
    if config.nodes is NodeKind.NONE or not program.exists() or not cluster.admin_kubeconfig.exists():
        raise UsageError(f"Cluster {options.cluster} has no Kubernetes that kubectl could talk to.")
    command = [str(program), f"--kubeconfig={cluster.admin_kubeconfig}", *arguments]
    os.execve(program, command, without_proxies(os.environ))  # noqa: S606


def _find_cluster(config: LabConfig, wanted: str) -> ClusterFiles:
    names = {}
    for cluster_id in known_clusters(config):
        files = ClusterFiles(config, cluster_id)
        record = files.load()
        if wanted == cluster_id or (record and record.spec.name == wanted):
            return files
        names[cluster_id] = record.spec.name if record else cluster_id
    raise UsageError(f"The lab has no cluster {wanted}; it has: {', '.join(sorted(names.values())) or 'none'}.")


if __name__ == "__main__":
    sys.exit(main())
