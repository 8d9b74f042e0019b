// Command frontend is the shop's web page. It depends on the api.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"example.com/shop/internal/orders"
	"example.com/shop/internal/service"
)

// Set by the build.
var (
	version = "development"
	commit  = "unknown"
)

var page = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en">
<title>Shop</title>
<h1>Shop</h1>
<form method="post" action="/orders">
<label>Item <input name="item" required maxlength="80"></label>
<label>Quantity <input name="quantity" type="number" value="1" min="1" max="1000"></label>
<button>Order</button>
</form>
<table>
<tr><th>Order<th>Item<th>Quantity<th>State<th>Packed by
{{range .Orders}}<tr><td>{{.ID}}<td>{{.Item}}<td>{{.Quantity}}<td>{{.State}}<td>{{.PackedBy}}
{{end}}</table>
<p>Version {{.Info.Version}}, commit {{.Info.Commit}}
</html>
`))

func main() {
	api := &client{url: service.Setting("API_URL"), http: &http.Client{Timeout: 5 * time.Second}}
	part := service.New("frontend", version, commit)
	part.Ready = api.ready
	part.Handler = routes(api, part.Info)
	part.Run(nil)
}

func routes(api *client, info service.Info) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		found, err := api.orders(r.Context())
		if err != nil {
			fail(w, err)
			return
		}
		var filled bytes.Buffer
		if err := page.Execute(&filled, struct {
			Orders []orders.Order
			Info   service.Info
		}{found, info}); err != nil {
			fail(w, err)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(filled.Bytes())
	})
	mux.HandleFunc("POST /orders", func(w http.ResponseWriter, r *http.Request) {
		quantity, err := strconv.Atoi(r.FormValue("quantity"))
		if err != nil {
			http.Error(w, "quantity is a number", http.StatusBadRequest)
			return
		}
		if err := api.order(r.Context(), r.FormValue("item"), quantity); err != nil {
			fail(w, err)
			return
		}
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	return mux
}

func fail(w http.ResponseWriter, err error) {
	slog.Error("the api failed", "error", err)
	http.Error(w, err.Error(), http.StatusBadGateway)
}

// client calls the api.
type client struct {
	url  string
	http *http.Client
}

func (c *client) ready(ctx context.Context) error {
	return c.call(ctx, http.MethodGet, "/readyz", nil, nil)
}

func (c *client) orders(ctx context.Context) ([]orders.Order, error) {
	var found []orders.Order
	err := c.call(ctx, http.MethodGet, "/orders", nil, &found)
	return found, err
}

func (c *client) order(ctx context.Context, item string, quantity int) error {
	return c.call(ctx, http.MethodPost, "/orders", map[string]any{"item": item, "quantity": quantity}, nil)
}

func (c *client) call(ctx context.Context, method, path string, body, answer any) error {
	content, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, method, c.url+path, bytes.NewReader(content))
	if err != nil {
		return err
	}
	response, err := c.http.Do(request)
	if err != nil {
		return fmt.Errorf("api: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("api: %s %s answered %s", method, path, response.Status)
	}
	if answer == nil {
		return nil
	}
	return json.NewDecoder(response.Body).Decode(answer)
}
