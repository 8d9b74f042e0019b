from __future__ import annotations

from ansible_collections.slipway.gitops.plugins.module_utils._argocd.application import APPLICATION_SPEC, manage_application
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.module import run_module


def main() -> None:
    run_module(APPLICATION_SPEC, manage_application)


if __name__ == "__main__":
    main()
