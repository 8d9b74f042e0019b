module slipway.lab/upstreams/registry-front

go 1.26.4
