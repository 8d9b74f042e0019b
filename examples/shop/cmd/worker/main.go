// Command worker packs the shop's orders. It depends on the database, and on the api that fills the queue.
package main

import (
	"context"
	"log/slog"
	"time"

	"example.com/shop/internal/orders"
	"example.com/shop/internal/service"
)

// Set by the build.
var (
	version = "development"
	commit  = "unknown"
)

const pause = time.Second

func main() {
	store := orders.Open(service.Setting("DATABASE_ADDRESS"))
	part := service.New("worker", version, commit)
	part.Ready = store.Ping
	part.Run(func(ctx context.Context) { work(ctx, store, part.Info.Host) })
}

// work packs orders until the process is told to end; the order under way is finished first.
func work(ctx context.Context, store *orders.Store, name string) {
	for again := true; again && ctx.Err() == nil; {
		_, err := store.Requeue(ctx, name)
		if again = err != nil; again {
			slog.Warn("the database does not answer yet", "error", err)
			time.Sleep(pause)
		}
	}
	for ctx.Err() == nil {
		if rescued, err := store.Rescue(ctx); err == nil && rescued > 0 {
			slog.Info("took over", "orders", rescued)
		}
		_, err := store.PackNext(context.WithoutCancel(ctx), name, func(order orders.Order) {
			slog.Info("packs", "order", order.ID, "item", order.Item, "quantity", order.Quantity)
		})
		if err != nil {
			slog.Warn("could not pack", "error", err)
			time.Sleep(pause)
		}
	}
}
