from __future__ import annotations

from ansible_collections.slipway.gitops.plugins.module_utils._argocd.application_set import APPLICATION_SET_SPEC, manage_application_set
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.module import run_module


def main() -> None:
    run_module(APPLICATION_SET_SPEC, manage_application_set)


if __name__ == "__main__":
    main()
