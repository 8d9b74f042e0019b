from __future__ import annotations

from ansible_collections.slipway.gitops.plugins.module_utils._argocd.project import PROJECT_SPEC, manage_project
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.module import run_module


def main() -> None:
    run_module(PROJECT_SPEC, manage_project)


if __name__ == "__main__":
    main()
