package server

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func get(t *testing.T, handler http.Handler, method, path string) *httptest.ResponseRecorder {
	t.Helper()
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, httptest.NewRequest(method, path, nil))
	return recorder
}

func TestTellsWhatItIs(t *testing.T) {
	info := Info{
		Name: "web", Version: "1.2.3", Commit: "abc", Environment: "dev", Greeting: "hello", Host: "web-1",
		Started: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
	}
	answer := get(t, New(info), http.MethodGet, "/")
	if answer.Code != http.StatusOK || answer.Header().Get("Content-Type") != "application/json" {
		t.Fatalf("got %d, %s", answer.Code, answer.Header().Get("Content-Type"))
	}
	var told map[string]string
	if err := json.Unmarshal(answer.Body.Bytes(), &told); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{
		"name": "web", "version": "1.2.3", "commit": "abc", "environment": "dev", "greeting": "hello",
		"host": "web-1", "started": "2026-01-02T03:04:05Z",
	} {
		if told[key] != want {
			t.Errorf("%s is %q, want %q", key, told[key], want)
		}
	}
}

func TestHealth(t *testing.T) {
	server := New(Info{})
	for _, path := range []string{"/livez", "/readyz"} {
		if code := get(t, server, http.MethodGet, path).Code; code != http.StatusNoContent {
			t.Errorf("%s before draining: %d", path, code)
		}
	}
	server.Drain()
	for path, want := range map[string]int{"/livez": 204, "/readyz": 503, "/": 200} {
		if code := get(t, server, http.MethodGet, path).Code; code != want {
			t.Errorf("%s while draining: %d, want %d", path, code, want)
		}
	}
}

func TestNothingElse(t *testing.T) {
	server := New(Info{})
	if code := get(t, server, http.MethodGet, "/other").Code; code != http.StatusNotFound {
		t.Errorf("an unknown path: %d", code)
	}
	if code := get(t, server, http.MethodPost, "/").Code; code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", code)
	}
}
