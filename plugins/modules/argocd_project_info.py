from __future__ import annotations

from ansible_collections.slipway.gitops.plugins.module_utils._argocd.project import PROJECT_INFO_SPEC, project_info
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.module import run_module


def main() -> None:
    run_module(PROJECT_INFO_SPEC, project_info)


if __name__ == "__main__":
    main()
