package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"example.com/shop/internal/service"
)

func TestThePageShowsOrdersAndTakesThem(t *testing.T) {
	var ordered string
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			body, _ := io.ReadAll(r.Body)
			ordered = string(body)
			w.WriteHeader(http.StatusCreated)
			return
		}
		_, _ = io.WriteString(w, `[{"id": 3, "item": "<tea>", "quantity": 2, "state": "packed", "packed_by": "worker-1"}]`)
	}))
	defer api.Close()
	handler := routes(&client{url: api.URL, http: api.Client()}, service.Info{Version: "1.2.3", Commit: "abc"})

	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/", nil))
	for _, want := range []string{"&lt;tea&gt;", "worker-1", "Version 1.2.3, commit abc"} {
		if !strings.Contains(recorder.Body.String(), want) {
			t.Errorf("the page lacks %q: %s", want, recorder.Body)
		}
	}

	form := strings.NewReader(url.Values{"item": {"cup"}, "quantity": {"4"}}.Encode())
	request := httptest.NewRequest(http.MethodPost, "/orders", form)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	recorder = httptest.NewRecorder()
	handler.ServeHTTP(recorder, request)
	if recorder.Code != http.StatusSeeOther || ordered != `{"item":"cup","quantity":4}` {
		t.Errorf("got %d, the api %s", recorder.Code, ordered)
	}
}

func TestAnApiThatDoesNotAnswer(t *testing.T) {
	api := httptest.NewServer(http.NotFoundHandler())
	absent := &client{url: api.URL, http: api.Client()}
	if err := absent.ready(t.Context()); err == nil {
		t.Error("ready with an api that answers 404")
	}
	api.Close()
	recorder := httptest.NewRecorder()
	routes(absent, service.Info{}).ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/", nil))
	if recorder.Code != http.StatusBadGateway {
		t.Errorf("got %d", recorder.Code)
	}
}
