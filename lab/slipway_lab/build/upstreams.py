# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The upstream programs the lab runs: where each comes from, in which version, and how it is built.

Each has a module set of its own in lab/upstreams/<name>: upstreams in one go.mod would drag each other's
dependencies along and break at run time. Its `tool` lines name the commands to build.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from slipway_lab.config import NodeKind

_SOURCES = ("*.go", "go.mod", "go.sum")
UPSTREAMS_DIRECTORY = Path(__file__).resolve().parents[2] / "upstreams"


@dataclass(frozen=True)
class Upstream:
    """One upstream project.

    name: its folder below lab/upstreams
    module: Go module that holds the commands; "" for a program of our own
    version: version of that module, with v
    binaries: name of each binary -> name `go build` gives it
    tags: Go build tags
    linker_flags: added to -s -w
    cgo: whether C code is part of it
    libraries: pkg-config names of the C libraries it needs
    version_arguments: what makes each binary print its version; empty when a binary from the PATH will not do
        (it goes into an image, where it must be static, or a whole set must come together)
    package: what `go build` builds; "tool" is every tool line of go.mod
    folder: where its go.mod is, when that is not below lab/upstreams
    programs: binaries that users of the lab call
    published: files of the module that installations take from upstream; the mirror has them
    charts: folders of the module that are Helm charts; the lab's Helm repository has them
    """

    name: str
    module: str
    version: str
    binaries: Mapping[str, str]
    tags: Sequence[str] = ()
    linker_flags: Sequence[str] = ()
    cgo: bool = False
    libraries: Sequence[str] = ()
    version_arguments: Mapping[str, Sequence[str]] = field(default_factory=dict)
    package: str = "tool"
    folder: Path | None = None
    programs: Sequence[str] = ()
    published: Sequence[str] = ()
    charts: Sequence[str] = ()

    @property
    def directory(self) -> Path:
        return self.folder or UPSTREAMS_DIRECTORY / self.name

    def sources(self) -> list[Path]:
        """Every file that decides what is built: Go code and module files, tests left out."""
        files = (path for pattern in _SOURCES for path in self.directory.rglob(pattern))
        return sorted(path for path in files if not path.name.endswith("_test.go"))


def _same_names(*names: str) -> dict[str, str]:
    return {name: name for name in names}


def _kubernetes(version: str, folder: str) -> Upstream:
    major, minor, _ = version.split(".")
    base = "-X k8s.io/component-base/version."
    binaries = ("kube-apiserver", "kube-controller-manager", "kube-proxy", "kube-scheduler", "kubectl", "kubelet")
    return Upstream(
        name=folder,
        module="k8s.io/kubernetes",
        version=f"v{version}",
        binaries=_same_names(*binaries),
        linker_flags=(f"{base}gitVersion=v{version}", f"{base}gitMajor={major}", f"{base}gitMinor={minor}"),
        version_arguments={name: ("version", "--client") if name == "kubectl" else ("--version",) for name in binaries},
        programs=("kubectl",),
    )


# Newest first; the API offers exactly these.
_KUBERNETES = {
    "1.36.3": _kubernetes("1.36.3", "kubernetes"),
    "1.35.4": _kubernetes("1.35.4", "kubernetes-1.35"),
}

_OTHERS = (
    Upstream(
        name="etcd",
        module="go.etcd.io/etcd/server/v3",
        version="v3.6.8",
        binaries={"etcd": "server"},
        version_arguments={"etcd": ("--version",)},
    ),
    Upstream(
        name="containerd",
        module="github.com/containerd/containerd/v2",
        version="v2.4.2",
        binaries=_same_names("containerd", "containerd-shim-runc-v2"),
        tags=("no_btrfs", "no_devmapper", "no_zfs", "no_aufs"),
        version_arguments={"containerd": ("--version",), "containerd-shim-runc-v2": ("-v",)},
    ),
    Upstream(
        name="runc",
        module="github.com/opencontainers/runc",
        version="v1.5.2",
        binaries=_same_names("runc"),
        tags=("seccomp",),
        cgo=True,
        libraries=("libseccomp",),
        version_arguments={"runc": ("--version",)},
    ),
    Upstream(
        name="cni-plugins",
        module="github.com/containernetworking/plugins",
        version="v1.9.0",
        binaries=_same_names("bridge", "host-local", "loopback", "portmap"),
    ),
    Upstream(
        name="coredns",
        module="github.com/coredns/coredns",
        version="v1.14.2",
        binaries=_same_names("coredns"),
    ),
    Upstream(
        name="local-path-provisioner",
        module="github.com/rancher/local-path-provisioner",
        version="v0.0.30",
        binaries=_same_names("local-path-provisioner"),
    ),
    Upstream(
        name="kwok",
        module="sigs.k8s.io/kwok",
        version="v0.8.0",
        binaries=_same_names("kwok"),
        version_arguments={"kwok": ("--version",)},
    ),
    # What Argo CD runs on: the lab's hub gets it as an image, tests start it out of cluster.
    Upstream(
        name="argo-cd",
        module="github.com/argoproj/argo-cd/v3",
        version="v3.5.7",
        binaries={"argocd": "cmd"},
        # Without it every answer of its version endpoint says v99.99.99.
        linker_flags=("-X github.com/argoproj/argo-cd/v3/common.version=3.5.7",),
        programs=("argocd",),
        published=("manifests/install.yaml", "manifests/ha/install.yaml"),
    ),
    Upstream(
        name="helm",
        module="helm.sh/helm/v4",
        version="v4.2.1",
        binaries=_same_names("helm"),
        linker_flags=("-X helm.sh/helm/v4/internal/version.version=v4.2.1",),
    ),
    Upstream(
        name="kustomize",
        module="sigs.k8s.io/kustomize/kustomize/v5",
        version="v5.8.1",
        binaries=_same_names("kustomize"),
    ),
    Upstream(
        name="sealed-secrets",
        module="github.com/bitnami/sealed-secrets",
        version="v0.38.4",
        binaries=_same_names("controller", "kubeseal"),
        linker_flags=("-X main.VERSION=0.38.4",),
        charts=("helm/sealed-secrets",),
    ),
    # Tekton: what the operator installs, and the operator. 0.79.0 is the newest whose module can be had; it installs
    # the newer Pipelines and Triggers as well as those of its own release.
    Upstream(
        name="tekton-pipeline",
        module="github.com/tektoncd/pipeline",
        version="v1.15.0",
        binaries=_same_names(
            "controller", "entrypoint", "events", "nop", "resolvers", "sidecarlogresults", "webhook", "workingdirinit"
        ),
    ),
    Upstream(
        name="tekton-triggers",
        module="github.com/tektoncd/triggers",
        version="v0.37.0",
        # cel-eval: what tests ask whether a filter lets an event through.
        binaries=_same_names("cel-eval", "controller", "eventlistenersink", "interceptors", "webhook"),
    ),
    Upstream(
        name="tekton-pruner",
        module="github.com/tektoncd/pruner",
        version="v0.3.5",
        binaries=_same_names("controller", "webhook"),
    ),
    Upstream(
        name="tekton-operator",
        module="github.com/tektoncd/operator",
        version="v0.79.0",
        binaries=_same_names("operator", "proxy-webhook", "webhook"),
    ),
    Upstream(
        name="distribution",
        module="github.com/distribution/distribution/v3",
        version="v3.1.2",
        binaries=_same_names("registry"),
        linker_flags=("-X github.com/distribution/distribution/v3/version.version=v3.1.2",),
        version_arguments={"registry": ("--version",)},
    ),
    Upstream(
        name="traefik",
        module="github.com/traefik/traefik/v3",
        version="v3.5.4",
        binaries=_same_names("traefik"),
        linker_flags=("-X github.com/traefik/traefik/v3/pkg/version.Version=3.5.4",),
    ),
    # Nothing is built of it: installations take its definitions.
    Upstream(
        name="gateway-api",
        module="sigs.k8s.io/gateway-api",
        version="v1.5.1",
        binaries={},
        published=tuple(
            f"config/crd/standard/gateway.networking.k8s.io_{kind}.yaml"
            for kind in (
                *("backendtlspolicies", "gatewayclasses", "gateways", "grpcroutes"),
                *("httproutes", "listenersets", "referencegrants", "tlsroutes"),
            )
        ),
    ),
    Upstream(name="registry-front", module="", version="", binaries=_same_names("registry-front"), package="."),
    # A client of registries, for users and tests; nothing of the lab needs it.
    Upstream(
        name="crane",
        module="github.com/google/go-containerregistry",
        version="v0.22.1",
        binaries=_same_names("crane"),
        programs=("crane",),
    ),
    # What the pipelines build images with. 0.26.2 is the newest whose dependencies can be had.
    Upstream(
        name="buildkit",
        module="github.com/moby/buildkit",
        version="v0.26.2",
        binaries=_same_names("buildctl", "buildkitd"),
        linker_flags=("-X github.com/moby/buildkit/version.Version=v0.26.2",),
    ),
    Upstream(name="pause", module="", version="", binaries=_same_names("pause"), package="."),
)

UPSTREAMS: Mapping[str, Upstream] = {u.name: u for u in (*_KUBERNETES.values(), *_OTHERS)}

_NEEDED: Mapping[NodeKind, Sequence[str]] = {
    NodeKind.REAL: (
        "etcd",
        "runc",
        "containerd",
        "cni-plugins",
        "pause",
        "coredns",
        "local-path-provisioner",
        "distribution",
        "registry-front",
    ),
    NodeKind.KWOK: ("etcd", "kwok"),
    NodeKind.NONE: (),
}


def available_kubernetes_versions() -> tuple[str, ...]:
    """Kubernetes versions this lab can run, such as 1.36.3, newest first."""
    return tuple(_KUBERNETES)


def kubernetes(version: str) -> Upstream:
    """The upstream of a Kubernetes version such as 1.36.3; KeyError when the lab cannot run it."""
    return _KUBERNETES[version]


def needed_upstreams(kind: NodeKind) -> tuple[Upstream, ...]:
    """What the lab runs for this kind of node, with the newest Kubernetes; the quick builds come first."""
    if kind is NodeKind.NONE:
        return ()
    newest = available_kubernetes_versions()[0]
    return (*(UPSTREAMS[name] for name in _NEEDED[kind]), kubernetes(newest))
