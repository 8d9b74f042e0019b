// Package server answers the requests of the web app.
package server

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"
)

// Info is what the app says of itself.
type Info struct {
	Name        string    `json:"name"`
	Version     string    `json:"version"`
	Commit      string    `json:"commit"`
	Environment string    `json:"environment"`
	Greeting    string    `json:"greeting"`
	Host        string    `json:"host"`
	Started     time.Time `json:"started"`
}

// Server is the app's handler: / tells the Info, /livez and /readyz its health.
type Server struct {
	mux      *http.ServeMux
	draining atomic.Bool
}

// New makes a handler that is ready at once.
func New(info Info) *Server {
	s := &Server{mux: http.NewServeMux()}
	s.mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		if err := json.NewEncoder(w).Encode(info); err != nil {
			slog.Warn("answer not sent", "error", err)
		}
	})
	s.mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
	})
	s.mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if s.draining.Load() {
			http.Error(w, "shutting down", http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	return s
}

// Drain makes the app say that it is not ready; requests are still answered.
func (s *Server) Drain() { s.draining.Store(true) }

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }
