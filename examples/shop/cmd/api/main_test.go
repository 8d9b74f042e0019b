package main

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"example.com/shop/internal/orders"
)

// What is refused is refused before the database is asked: there is none here.
func TestBadOrdersAreRefused(t *testing.T) {
	handler := routes(orders.Open(filepath.Join(t.TempDir(), "none.sock")))
	for body, want := range map[string]int{
		"tea":                                           http.StatusBadRequest,
		`{"item": "", "quantity": 1}`:                   http.StatusUnprocessableEntity,
		`{"item": "tea", "quantity": 0}`:                http.StatusUnprocessableEntity,
		`{"item": "tea", "quantity": 1001}`:             http.StatusUnprocessableEntity,
		`{"item": "` + strings.Repeat("a", 5000) + `"}`: http.StatusBadRequest,
		`{"item": "tea", "quantity": 1}`:                http.StatusServiceUnavailable,
	} {
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, httptest.NewRequest(http.MethodPost, "/orders", strings.NewReader(body)))
		if recorder.Code != want {
			t.Errorf("%.40s: %d, want %d", body, recorder.Code, want)
		}
	}
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/orders/tea", nil))
	if recorder.Code != http.StatusBadRequest {
		t.Errorf("a number that is none: %d", recorder.Code)
	}
}
