// Package service is what every part of the shop has in common: HTTP, health, and an end in good order.
package service

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	address = ":8080"
	// How long a part still answers after it said that it is not ready any more.
	drain    = 5 * time.Second
	shutdown = 10 * time.Second
	// How long a part may take to say whether what it depends on is there.
	checkTime = 2 * time.Second
)

// Info is what a part says of itself under /info.
type Info struct {
	Name    string    `json:"name"`
	Version string    `json:"version"`
	Commit  string    `json:"commit"`
	Host    string    `json:"host"`
	Started time.Time `json:"started"`
}

// Service is one part of the shop.
type Service struct {
	Info Info
	// Ready says why the part cannot work now; nil when it can.
	Ready func(context.Context) error
	// Handler answers everything but /info, /livez and /readyz; it may be nil.
	Handler http.Handler

	draining atomic.Bool
}

// New makes a part that tells its version and commit.
func New(name, version, commit string) *Service {
	slog.SetDefault(slog.New(slog.NewJSONHandler(os.Stdout, nil)))
	host, _ := os.Hostname()
	return &Service{Info: Info{Name: name, Version: version, Commit: commit, Host: host, Started: time.Now().UTC()}}
}

// Routes is everything the part answers.
func (s *Service) Routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /info", func(w http.ResponseWriter, _ *http.Request) { Answer(w, http.StatusOK, s.Info) })
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if s.draining.Load() {
			http.Error(w, "shutting down", http.StatusServiceUnavailable)
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), checkTime)
		defer cancel()
		if err := s.Ready(ctx); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	if s.Handler != nil {
		mux.Handle("/", s.Handler)
	}
	return mux
}

// Run serves until the process is told to end, does work beside it until then, and ends the process.
func (s *Service) Run(work func(context.Context)) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	listener := &http.Server{Addr: address, Handler: s.Routes(), ReadHeaderTimeout: checkTime}
	failed := make(chan error, 1)
	go func() { failed <- listener.ListenAndServe() }()
	slog.Info("starts", "name", s.Info.Name, "version", s.Info.Version, "commit", s.Info.Commit)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if work != nil {
			work(ctx)
		}
	}()
	select {
	case err := <-failed:
		slog.Error("ends", "error", err)
		os.Exit(1)
	case <-ctx.Done():
	}
	stop() // a second signal ends it at once
	s.draining.Store(true)
	time.Sleep(drain)
	ending, cancel := context.WithTimeout(context.Background(), shutdown)
	defer cancel()
	if err := listener.Shutdown(ending); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		slog.Error("ends", "error", err)
		os.Exit(1)
	}
	<-done
}

// Answer sends a value as JSON.
func Answer(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(value); err != nil {
		slog.Warn("answer not sent", "error", err)
	}
}

// Setting is the value of an environment variable; without it the process ends and says so.
func Setting(name string) string {
	value := os.Getenv(name)
	if value == "" {
		slog.Error("ends: a setting is missing", "variable", name)
		os.Exit(1)
	}
	return value
}
