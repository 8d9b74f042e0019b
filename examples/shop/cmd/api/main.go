// Command api takes and shows the shop's orders. It depends on the database.
package main

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"

	"example.com/shop/internal/orders"
	"example.com/shop/internal/service"
)

// Set by the build.
var (
	version = "development"
	commit  = "unknown"
)

const (
	shown       = 50
	mostBytes   = 4096
	mostLetters = 80
	mostPieces  = 1000
)

func main() {
	store := orders.Open(service.Setting("DATABASE_ADDRESS"))
	part := service.New("api", version, commit)
	part.Ready = store.Ping
	part.Handler = routes(store)
	part.Run(nil)
}

func routes(store *orders.Store) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /orders", func(w http.ResponseWriter, r *http.Request) {
		newest, err := store.Newest(r.Context(), shown)
		if err != nil {
			fail(w, err)
			return
		}
		service.Answer(w, http.StatusOK, newest)
	})
	mux.HandleFunc("GET /orders/{id}", func(w http.ResponseWriter, r *http.Request) {
		id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
		if err != nil {
			http.Error(w, "an order's number is a number", http.StatusBadRequest)
			return
		}
		order, err := store.Get(r.Context(), id)
		if errors.Is(err, orders.ErrUnknown) {
			http.Error(w, err.Error(), http.StatusNotFound)
			return
		}
		if err != nil {
			fail(w, err)
			return
		}
		service.Answer(w, http.StatusOK, order)
	})
	mux.HandleFunc("POST /orders", func(w http.ResponseWriter, r *http.Request) {
		var wanted struct {
			Item     string `json:"item"`
			Quantity int    `json:"quantity"`
		}
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, mostBytes)).Decode(&wanted); err != nil {
			http.Error(w, "an order is JSON with item and quantity", http.StatusBadRequest)
			return
		}
		if wanted.Item == "" || len(wanted.Item) > mostLetters || wanted.Quantity < 1 || wanted.Quantity > mostPieces {
			http.Error(w, "item is 1 to 80 letters, quantity 1 to 1000", http.StatusUnprocessableEntity)
			return
		}
		order, err := store.Add(r.Context(), wanted.Item, wanted.Quantity)
		if err != nil {
			fail(w, err)
			return
		}
		service.Answer(w, http.StatusCreated, order)
	})
	return mux
}

func fail(w http.ResponseWriter, err error) {
	slog.Error("the database failed", "error", err)
	http.Error(w, "the database does not answer", http.StatusServiceUnavailable)
}
