from __future__ import annotations

from ansible_collections.slipway.gitops.plugins.module_utils._argocd.certificate import CERTIFICATE_INFO_SPEC, certificate_info
from ansible_collections.slipway.gitops.plugins.module_utils._argocd.module import run_module


def main() -> None:
    run_module(CERTIFICATE_INFO_SPEC, certificate_info)


if __name__ == "__main__":
    main()
