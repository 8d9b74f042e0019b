# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What pods can count on: Services by name across nodes, volumes that follow them, images, other clusters."""

from __future__ import annotations

import pytest
from running_cluster import POOL, RunningCluster, cluster_spec, wait_until
from slipway_lab.cluster.addresses import hardware_address, pod_gateway

pytestmark = pytest.mark.real

WEB = f"""
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {{name: data}}
spec: {{accessModes: [ReadWriteOnce], resources: {{requests: {{storage: 1Gi}}}}}}
---
apiVersion: v1
kind: Pod
metadata: {{name: web, labels: {{app: web}}}}
spec:
  terminationGracePeriodSeconds: 0
  nodeSelector: {{{POOL}: @pool@}}
  tolerations: [{{key: workloads, operator: Exists}}]
  securityContext: {{runAsUser: 1000, runAsNonRoot: true}}
  containers:
    - name: c
      image: busybox:1.36
      command: [sh, -c, "echo written on @pool@ >> /data/index.html; exec httpd -f -v -p 8080 -h /data"]
      readinessProbe: {{httpGet: {{path: /index.html, port: 8080}}, periodSeconds: 1}}
      volumeMounts: [{{name: data, mountPath: /data}}]
  volumes: [{{name: data, persistentVolumeClaim: {{claimName: data}}}}]
---
apiVersion: v1
kind: Service
metadata: {{name: web}}
spec: {{selector: {{app: web}}, ports: [{{port: 80, targetPort: 8080}}]}}
---
apiVersion: v1
kind: Pod
metadata: {{name: client}}
spec:
  terminationGracePeriodSeconds: 0
  nodeSelector: {{{POOL}: base}}
  containers: [{{name: c, image: "busybox:1.36", command: [sleep, "3600"]}}]
"""


@pytest.fixture
def web(cluster: RunningCluster) -> RunningCluster:
    """Pod web with a volume on the workloads node behind a Service, pod client on the base node."""
    cluster.apply(WEB.replace("@pool@", "workloads"))
    cluster.wait("--for=condition=Ready", "pod/web", "pod/client")
    return cluster


@pytest.fixture(autouse=True)
def nothing_left(cluster: RunningCluster) -> object:
    yield
    cluster.kubectl("delete", "pod,service,pvc", "--all", "--now")


def in_client(cluster: RunningCluster, command: str) -> str:
    return cluster.kubectl("exec", "client", "--", "sh", "-c", command)


def test_a_service_is_reached_by_name_from_another_node(web: RunningCluster) -> None:
    for name in ("web", "web.default", "web.default.svc.cluster.local"):
        assert in_client(web, f"wget -q -O - http://{name}/") == "written on workloads\n"


def test_a_pod_keeps_its_address_between_nodes(web: RunningCluster) -> None:
    client, server = (web.get("pod", name)["status"]["podIP"] for name in ("client", "web"))
    assert client.rpartition(".")[0] != server.rpartition(".")[0]
    in_client(web, f"wget -q -O - http://{server}:8080/")
    in_client(web, "wget -q -O - http://web/")
    assert web.kubectl("logs", "web").count(f"[::ffff:{client}]") == 2


def test_a_nodes_pod_bridge_keeps_its_hardware_address(web: RunningCluster) -> None:
    gateway = pod_gateway(web.get("node", "base-0")["spec"]["podCIDR"])
    for number in range(3):
        # A bridge takes the lowest address of its ports unless it has one of its own.
        web.kubectl("run", f"neighbour-{number}", "--image=busybox:1.36", "--", "sleep", "3600")
        web.wait("--for=condition=Ready", f"pod/neighbour-{number}")
        in_client(web, "wget -q -O - http://web/")
        assert hardware_address(gateway) in in_client(web, f"ip neigh show {gateway}")


def test_a_volume_follows_its_pod_to_another_node(web: RunningCluster) -> None:
    web.kubectl("delete", "pod", "web", "--now")
    web.apply(WEB.replace("@pool@", "base"))
    web.wait("--for=condition=Ready", "pod/web")
    assert web.get("pod", "web")["spec"]["nodeName"].startswith("base-")
    assert in_client(web, "wget -q -O - http://web/") == "written on workloads\nwritten on base\n"


def test_a_deleted_claim_takes_its_data_along(web: RunningCluster) -> None:
    (volume,) = web.files.volumes.iterdir()
    web.kubectl("delete", "pod,pvc", "--all", "--now")
    wait_until(lambda: not volume.exists(), "the volume's folder is gone")


def test_the_default_class_is_the_one_of_doks(cluster: RunningCluster) -> None:
    classes = {c["metadata"]["name"]: c for c in cluster.get("storageclass")["items"]}
    annotations = classes["do-block-storage"]["metadata"]["annotations"]
    assert annotations["storageclass.kubernetes.io/is-default-class"] == "true"
    assert classes["do-block-storage-retain"]["reclaimPolicy"] == "Retain"


def test_an_image_the_lab_does_not_make_fails_at_once(cluster: RunningCluster) -> None:
    cluster.kubectl("run", "stranger", "--image=docker.io/library/nginx:1.29")

    def waiting() -> str:
        statuses = cluster.get("pod", "stranger")["status"].get("containerStatuses", [{}])
        return str(statuses[0].get("state", {}).get("waiting", {}).get("reason", ""))

    wait_until(lambda: waiting() in ("ErrImagePull", "ImagePullBackOff"), "the pull is refused")


def test_exec_and_logs_reach_a_pod(web: RunningCluster) -> None:
    web.kubectl("exec", "web", "--", "sh", "-c", "echo said > /proc/1/fd/1")
    assert "said\n" in web.kubectl("logs", "web")


def test_a_pod_reaches_the_api_of_another_cluster(web: RunningCluster) -> None:
    other = RunningCluster(web.backend, cluster_spec("other", 1))
    try:
        endpoint = other.start()
        # busybox cannot speak the API's TLS; what a TLS server says to plain HTTP shows that it was reached.
        answer = in_client(web, f"printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 3 {endpoint.ipv4} 6443")
        assert "Client sent an HTTP request to an HTTPS server" in answer
    finally:
        web.backend.delete_cluster(other.spec.id)
