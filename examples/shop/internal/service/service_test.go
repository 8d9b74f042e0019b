package service

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
)

func status(s *Service, path string) int {
	recorder := httptest.NewRecorder()
	s.Routes().ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, path, nil))
	return recorder.Code
}

func TestHealthFollowsWhatThePartDependsOn(t *testing.T) {
	var missing error
	part := New("api", "1.2.3", "abc")
	part.Ready = func(context.Context) error { return missing }
	if code := status(part, "/readyz"); code != http.StatusNoContent {
		t.Errorf("ready: %d", code)
	}
	missing = errors.New("no database")
	if ready, live := status(part, "/readyz"), status(part, "/livez"); ready != 503 || live != 204 {
		t.Errorf("without its database it is ready %d, alive %d", ready, live)
	}
	missing = nil
	part.draining.Store(true)
	if code := status(part, "/readyz"); code != http.StatusServiceUnavailable {
		t.Errorf("draining: %d", code)
	}
}

func TestInfo(t *testing.T) {
	recorder := httptest.NewRecorder()
	New("api", "1.2.3", "abc").Routes().ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/info", nil))
	var info Info
	if err := json.Unmarshal(recorder.Body.Bytes(), &info); err != nil {
		t.Fatal(err)
	}
	if info.Name != "api" || info.Version != "1.2.3" || info.Commit != "abc" || info.Started.IsZero() {
		t.Errorf("got %+v", info)
	}
}
