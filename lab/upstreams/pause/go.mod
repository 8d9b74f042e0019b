module slipway.lab/upstreams/pause

go 1.26.0
