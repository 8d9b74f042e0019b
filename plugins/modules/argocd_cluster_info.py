from __future__ import annotations

from ansible_collections.slipway.gitops.plugins.module_utils._argocd.cluster import CLUSTER_INFO_SPEC, cluster_info
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.module import run_module


def main() -> None:
    run_module(CLUSTER_INFO_SPEC, cluster_info)


if __name__ == "__main__":
    main()
