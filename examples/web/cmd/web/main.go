// Command web answers HTTP with what it is: its version, the commit it was built from, and where it runs.
package main

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"example.com/web/internal/server"
)

// Set by the build: -ldflags "-X main.version=... -X main.commit=...".
var (
	version = "development"
	commit  = "unknown"
)

const (
	usualAddress = ":8080"
	// How long it still answers after it said that it is not ready any more: load balancers need a moment to notice.
	drain    = 5 * time.Second
	shutdown = 10 * time.Second
)

func main() {
	slog.SetDefault(slog.New(slog.NewJSONHandler(os.Stdout, nil)))
	if err := run(); err != nil {
		slog.Error("web ends", "error", err)
		os.Exit(1)
	}
}

func run() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	host, _ := os.Hostname()
	web := server.New(server.Info{
		Name:        "web",
		Version:     version,
		Commit:      commit,
		Environment: os.Getenv("ENVIRONMENT"),
		Greeting:    os.Getenv("GREETING"),
		Host:        host,
		Started:     time.Now().UTC(),
	})
	listener, err := net.Listen("tcp", cmp.Or(os.Getenv("ADDRESS"), usualAddress))
	if err != nil {
		return err
	}
	answering := &http.Server{Handler: web, ReadHeaderTimeout: 5 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- answering.Serve(listener) }()
	slog.Info("web listens", "address", listener.Addr().String(), "version", version, "commit", commit)
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	stop() // a second signal ends it at once
	web.Drain()
	slog.Info("web drains", "seconds", drain.Seconds())
	time.Sleep(drain)
	ending, cancel := context.WithTimeout(context.Background(), shutdown)
	defer cancel()
	if err := answering.Shutdown(ending); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}
