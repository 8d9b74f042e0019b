from __future__ import annotations

from ansible_collections.slipway.gitops.plugins.module_utils._argocd.application import APPLICATION_INFO_SPEC, application_info
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.module import run_module


def main() -> None:
    run_module(APPLICATION_INFO_SPEC, application_info)


if __name__ == "__main__":
    main()
