// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Package godo checks that DigitalOcean's Go client, unmodified, goes through the life of a cluster on the lab.
// test_godo.py starts the lab and sets DIGITALOCEAN_TOKEN, DIGITALOCEAN_API_URL and SSL_CERT_FILE.
package godo

import (
	"context"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/digitalocean/godo"
)

const patience = 30 * time.Second

func client(t *testing.T) *godo.Client {
	t.Helper()
	url, token := os.Getenv("DIGITALOCEAN_API_URL"), os.Getenv("DIGITALOCEAN_TOKEN")
	if url == "" || token == "" {
		t.Skip("DIGITALOCEAN_API_URL and DIGITALOCEAN_TOKEN name no lab; run this through test_godo.py")
	}
	made := godo.NewFromToken(token)
	if err := godo.SetBaseURL(url + "/")(made); err != nil {
		t.Fatal(err)
	}
	return made
}

// waitFor asks until the answer is as wanted, at most for `patience`.
func waitFor(t *testing.T, what string, ask func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(250 * time.Millisecond) {
		if ask() {
			return
		}
	}
	t.Fatalf("still not after %s: %s", patience, what)
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsOnOffer(t *testing.T) {
	do, ctx := client(t), context.Background()
	account, _, err := do.Account.Get(ctx)
	check(t, err)
	if account.DropletLimit == 0 {
		t.Error("the account has no Droplet limit")
	}
	sizes, _, err := do.Sizes.List(ctx, &godo.ListOptions{PerPage: 200})
	check(t, err)
	regions, response, err := do.Regions.List(ctx, &godo.ListOptions{PerPage: 5})
	check(t, err)
	if len(sizes) < 20 || len(regions) != 5 || response.Links.IsLastPage() || response.Meta.Total < 10 {
		t.Errorf("%d sizes, %d regions, %v", len(sizes), len(regions), response.Links)
	}
	options, _, err := do.Kubernetes.GetOptions(ctx)
	check(t, err)
	if len(options.Versions) == 0 || len(options.Regions) == 0 || len(options.Sizes) == 0 {
		t.Errorf("options: %+v", options)
	}
}

func TestLifeOfACluster(t *testing.T) {
	do, ctx := client(t), context.Background()
	_, _, err := do.VPCs.Create(ctx, &godo.VPCCreateRequest{Name: "default-one", RegionSlug: "ams3"})
	check(t, err)
	vpc, _, err := do.VPCs.Create(ctx, &godo.VPCCreateRequest{Name: "net", RegionSlug: "ams3", IPRange: "10.77.0.0/16"})
	check(t, err)

	cluster, _, err := do.Kubernetes.Create(ctx, &godo.KubernetesClusterCreateRequest{
		Name:        "go",
		RegionSlug:  "ams3",
		VersionSlug: "1.35.7-do.0",
		VPCUUID:     vpc.ID,
		Tags:        []string{"env:test"},
		MaintenancePolicy: &godo.KubernetesMaintenancePolicy{
			StartTime: "04:00", Day: godo.KubernetesMaintenanceDayMonday,
		},
		NodePools: []*godo.KubernetesNodePoolCreateRequest{{
			Name: "base", Size: "s-2vcpu-4gb", Count: 2,
			Labels: map[string]string{"tier": "one"},
			Taints: []godo.Taint{{Key: "tools", Value: "true", Effect: "NoSchedule"}},
		}},
	})
	check(t, err)
	state := func() godo.KubernetesClusterStatusState {
		found, _, err := do.Kubernetes.Get(ctx, cluster.ID)
		check(t, err)
		return found.Status.State
	}
	waitFor(t, "the cluster runs", func() bool { return state() == godo.KubernetesClusterStatusRunning })

	credentials, _, err := do.Kubernetes.GetCredentials(ctx, cluster.ID, &godo.KubernetesClusterCredentialsGetRequest{})
	check(t, err)
	if credentials.Server == "" || credentials.Token == "" || len(credentials.CertificateAuthorityData) == 0 {
		t.Errorf("credentials: %+v", credentials)
	}
	config, _, err := do.Kubernetes.GetKubeConfig(ctx, cluster.ID, &godo.KubernetesClusterKubeconfigGetRequest{})
	check(t, err)
	if len(config.KubeconfigYAML) == 0 {
		t.Error("the kubeconfig is empty")
	}
	user, _, err := do.Kubernetes.GetUser(ctx, cluster.ID)
	check(t, err)
	if user.Username == "" {
		t.Error("the cluster's user has no name")
	}

	surge := true
	updated, _, err := do.Kubernetes.Update(ctx, cluster.ID, &godo.KubernetesClusterUpdateRequest{
		Name: "gone-soon", SurgeUpgrade: surge,
	})
	check(t, err)
	if updated.Name != "gone-soon" || !updated.SurgeUpgrade {
		t.Errorf("updated: %+v", updated)
	}
	upgrades, _, err := do.Kubernetes.GetUpgrades(ctx, cluster.ID)
	check(t, err)
	if len(upgrades) == 0 {
		t.Fatal("nothing to upgrade to")
	}
	_, err = do.Kubernetes.Upgrade(ctx, cluster.ID, &godo.KubernetesClusterUpgradeRequest{VersionSlug: upgrades[0].Slug})
	check(t, err)
	waitFor(t, "the upgrade is done", func() bool { return state() == godo.KubernetesClusterStatusRunning })

	pool, _, err := do.Kubernetes.CreateNodePool(ctx, cluster.ID, &godo.KubernetesNodePoolCreateRequest{
		Name: "tools", Size: "s-2vcpu-4gb", AutoScale: true, MinNodes: 1, MaxNodes: 3, Count: 1,
	})
	check(t, err)
	count := 2
	_, _, err = do.Kubernetes.UpdateNodePool(ctx, cluster.ID, pool.ID, &godo.KubernetesNodePoolUpdateRequest{
		Name: "tools", Count: &count,
	})
	check(t, err)
	running := func() int {
		found, _, err := do.Kubernetes.GetNodePool(ctx, cluster.ID, pool.ID)
		check(t, err)
		number := 0
		for _, node := range found.Nodes {
			if node.Status.State == "running" && node.DropletID != "" {
				number++
			}
		}
		return number
	}
	waitFor(t, "both nodes run", func() bool { return running() == 2 })
	_, err = do.Kubernetes.DeleteNodePool(ctx, cluster.ID, pool.ID)
	check(t, err)

	resources, _, err := do.Kubernetes.ListAssociatedResourcesForDeletion(ctx, cluster.ID)
	check(t, err)
	if len(resources.LoadBalancers)+len(resources.Volumes)+len(resources.VolumeSnapshots) != 0 {
		t.Errorf("associated resources: %+v", resources)
	}
	_, err = do.Kubernetes.DeleteDangerous(ctx, cluster.ID)
	check(t, err)
	waitFor(t, "the cluster is gone", func() bool {
		_, response, err := do.Kubernetes.Get(ctx, cluster.ID)
		return err != nil && response != nil && response.StatusCode == http.StatusNotFound
	})
	_, err = do.VPCs.Delete(ctx, vpc.ID)
	check(t, err)
}

func TestProjectsAndTags(t *testing.T) {
	do, ctx := client(t), context.Background()
	volume, _, err := do.Storage.CreateVolume(ctx, &godo.VolumeCreateRequest{
		Name: "data", Region: "fra1", SizeGigaBytes: 1, Tags: []string{"team:web"},
	})
	check(t, err)
	project, _, err := do.Projects.Create(ctx, &godo.CreateProjectRequest{
		Name: "shop", Purpose: "IoT", Environment: "Development",
	})
	check(t, err)
	_, _, err = do.Projects.AssignResources(ctx, project.ID, volume.URN())
	check(t, err)
	assigned, _, err := do.Projects.ListResources(ctx, project.ID, nil)
	check(t, err)
	if len(assigned) != 1 || assigned[0].URN != volume.URN() {
		t.Errorf("resources: %+v", assigned)
	}
	tag, _, err := do.Tags.Get(ctx, "team:web")
	check(t, err)
	if tag.Resources.Volumes.Count != 1 {
		t.Errorf("tag: %+v", tag)
	}
	_, _, err = do.Kubernetes.Get(ctx, "00000000-0000-4000-8000-000000000000")
	failure, ok := err.(*godo.ErrorResponse)
	if !ok || failure.RequestID == "" {
		t.Errorf("an unknown cluster: %v", err)
	}
}
