module slipway.lab/upstreams/gateway-api

go 1.26.3

require sigs.k8s.io/gateway-api v1.5.1 // indirect
