from __future__ import annotations

from ansible_collections.slipway.gitops.plugins.module_utils._argocd.application_sync import SYNC_SPEC, operate_application
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.module import run_module


def main() -> None:
    run_module(SYNC_SPEC, operate_application)


if __name__ == "__main__":
    main()
