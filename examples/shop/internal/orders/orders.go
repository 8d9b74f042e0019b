// Package orders keeps the shop's orders, and the queue of those to be packed, in Redis.
package orders

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	counter = "orders:last"
	queue   = "orders:queue"
	// Orders somebody packs; what is still here when a worker is gone goes back to the queue.
	packing = "orders:packing:"
	// Names of the workers that are alive end with the name, and vanish by themselves.
	alive     = "workers:"
	aliveTime = 30 * time.Second
	takeTime  = 2 * time.Second
)

// States of an order.
const (
	Queued = "queued"
	Packed = "packed"
)

// ErrUnknown is the answer for an order that does not exist.
var ErrUnknown = errors.New("there is no such order")

// Order is one order.
type Order struct {
	ID       int64  `json:"id"`
	Item     string `json:"item"`
	Quantity int    `json:"quantity"`
	State    string `json:"state"`
	PackedBy string `json:"packed_by,omitempty"`
}

// Store is the shop's database.
type Store struct{ redis *redis.Client }

// Open makes a store; it connects when first used. address: host:port, or the path of a Unix socket.
func Open(address string) *Store {
	network := "tcp"
	if address[0] == '/' {
		network = "unix"
	}
	return &Store{redis.NewClient(&redis.Options{Network: network, Addr: address})}
}

// Ping says why the database cannot be used; nil when it can.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.redis.Ping(ctx).Err(); err != nil {
		return fmt.Errorf("database: %w", err)
	}
	return nil
}

// Add stores an order and queues it, both or neither.
func (s *Store) Add(ctx context.Context, item string, quantity int) (Order, error) {
	id, err := s.redis.Incr(ctx, counter).Result()
	if err != nil {
		return Order{}, err
	}
	order := Order{ID: id, Item: item, Quantity: quantity, State: Queued}
	_, err = s.redis.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
		pipe.HSet(ctx, key(id), "item", item, "quantity", quantity, "state", Queued)
		pipe.LPush(ctx, queue, id)
		return nil
	})
	return order, err
}

// Get finds one order; ErrUnknown when there is none.
func (s *Store) Get(ctx context.Context, id int64) (Order, error) {
	fields, err := s.redis.HGetAll(ctx, key(id)).Result()
	if err != nil {
		return Order{}, err
	}
	if len(fields) == 0 {
		return Order{}, ErrUnknown
	}
	quantity, err := strconv.Atoi(fields["quantity"])
	if err != nil {
		return Order{}, fmt.Errorf("order %d: %w", id, err)
	}
	return Order{
		ID: id, Item: fields["item"], Quantity: quantity, State: fields["state"], PackedBy: fields["packed_by"],
	}, nil
}

// Newest lists so many orders, newest first.
func (s *Store) Newest(ctx context.Context, count int64) ([]Order, error) {
	last, err := s.redis.Get(ctx, counter).Int64()
	if errors.Is(err, redis.Nil) {
		return []Order{}, nil
	}
	if err != nil {
		return nil, err
	}
	found := []Order{}
	for id := last; id > 0 && id > last-count; id-- {
		order, err := s.Get(ctx, id)
		if errors.Is(err, ErrUnknown) {
			continue // its number was given, then storing it failed
		}
		if err != nil {
			return nil, err
		}
		found = append(found, order)
	}
	return found, nil
}

// PackNext waits a moment for an order and packs it; false when there was none. worker: a name nobody else has.
func (s *Store) PackNext(ctx context.Context, worker string, pack func(Order)) (bool, error) {
	if err := s.redis.Set(ctx, alive+worker, "", aliveTime).Err(); err != nil {
		return false, err
	}
	id, err := s.redis.BLMove(ctx, queue, packing+worker, "RIGHT", "LEFT", takeTime).Int64()
	if errors.Is(err, redis.Nil) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	order, err := s.Get(ctx, id)
	if err != nil {
		return false, err
	}
	pack(order)
	_, err = s.redis.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
		pipe.HSet(ctx, key(id), "state", Packed, "packed_by", worker)
		pipe.LRem(ctx, packing+worker, 1, id)
		return nil
	})
	return err == nil, err
}

// Rescue puts what vanished workers were packing back into the queue, and tells how many orders that were.
func (s *Store) Rescue(ctx context.Context) (int, error) {
	rescued := 0
	lists := s.redis.Scan(ctx, 0, packing+"*", 0).Iterator()
	for lists.Next(ctx) {
		worker := lists.Val()[len(packing):]
		living, err := s.redis.Exists(ctx, alive+worker).Result()
		if err != nil {
			return rescued, err
		}
		if living != 0 {
			continue
		}
		moved, err := s.Requeue(ctx, worker)
		rescued += moved
		if err != nil {
			return rescued, err
		}
	}
	return rescued, lists.Err()
}

// Requeue puts back what a worker was packing, and tells how many orders that were: a worker that starts again calls
// it with its own name.
func (s *Store) Requeue(ctx context.Context, worker string) (int, error) {
	for moved := 0; ; moved++ {
		err := s.redis.LMove(ctx, packing+worker, queue, "RIGHT", "RIGHT").Err()
		if errors.Is(err, redis.Nil) {
			return moved, nil
		}
		if err != nil {
			return moved, err
		}
	}
}

func key(id int64) string { return "order:" + strconv.FormatInt(id, 10) }
