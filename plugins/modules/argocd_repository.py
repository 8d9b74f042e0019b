from __future__ import annotations

from ansible_collections.slipway.gitops.plugins.module_utils._argocd.repository import REPOSITORY_SPEC, manage_repository
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.module import run_module


def main() -> None:
    run_module(REPOSITORY_SPEC, manage_repository)


if __name__ == "__main__":
    main()
