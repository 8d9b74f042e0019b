// Package ecs has no provider for AWS ECS: the clients that upstream's needs are a fifth of what is left to compile.
package ecs

import (
	"errors"

	"github.com/traefik/traefik/v3/pkg/config/dynamic"
	"github.com/traefik/traefik/v3/pkg/safe"
)

var errAbsent = errors.New("the lab's build of Traefik has no provider for AWS ECS")

// Provider refuses to start.
type Provider struct{}

// SetDefaults is asked for by Traefik's reader of settings.
func (p *Provider) SetDefaults() {}

// Init is called before Provide.
func (p *Provider) Init() error { return errAbsent }

// Provide would give Traefik its settings.
func (p *Provider) Provide(chan<- dynamic.Message, *safe.Pool) error { return errAbsent }
