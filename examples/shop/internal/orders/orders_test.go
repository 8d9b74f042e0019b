package orders

import (
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// open starts a Redis of the test's own, on a Unix socket.
func open(t *testing.T) *Store {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("redis-server is not installed")
	}
	directory := t.TempDir()
	socket := filepath.Join(directory, "redis.sock")
	server := exec.Command(program, "--port", "0", "--unixsocket", socket, "--save", "", "--dir", directory)
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})
	store := Open(socket)
	for deadline := time.Now().Add(10 * time.Second); store.Ping(t.Context()) != nil; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal(store.Ping(t.Context()))
		}
	}
	return store
}

func add(t *testing.T, store *Store, item string) Order {
	t.Helper()
	order, err := store.Add(t.Context(), item, 2)
	if err != nil {
		t.Fatal(err)
	}
	return order
}

func get(t *testing.T, store *Store, id int64) Order {
	t.Helper()
	order, err := store.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return order
}

func TestAnOrderIsKeptAndPacked(t *testing.T) {
	store := open(t)
	if newest, err := store.Newest(t.Context(), 10); err != nil || len(newest) != 0 {
		t.Fatalf("at first: %v, %v", newest, err)
	}
	first, second := add(t, store, "tea"), add(t, store, "cup")
	if got := get(t, store, first.ID); got != (Order{ID: first.ID, Item: "tea", Quantity: 2, State: Queued}) {
		t.Errorf("kept: %+v", got)
	}
	var packed []string
	for range 2 {
		if done, err := store.PackNext(t.Context(), "w", func(o Order) { packed = append(packed, o.Item) }); !done {
			t.Fatal(err)
		}
	}
	if packed[0] != "tea" || packed[1] != "cup" {
		t.Errorf("packed %v, not the oldest first", packed)
	}
	if got := get(t, store, second.ID); got.State != Packed || got.PackedBy != "w" {
		t.Errorf("after packing: %+v", got)
	}
	newest, err := store.Newest(t.Context(), 1)
	if err != nil || len(newest) != 1 || newest[0].ID != second.ID {
		t.Errorf("newest: %v, %v", newest, err)
	}
	if done, err := store.PackNext(t.Context(), "w", func(Order) { t.Error("packed twice") }); done || err != nil {
		t.Errorf("an empty queue: %v, %v", done, err)
	}
}

func TestAnUnknownOrder(t *testing.T) {
	if _, err := open(t).Get(t.Context(), 7); !errors.Is(err, ErrUnknown) {
		t.Errorf("got %v", err)
	}
}

func TestWhatAVanishedWorkerPackedIsPackedByAnother(t *testing.T) {
	store := open(t)
	order := add(t, store, "tea")
	// It vanishes while it packs: what it would say afterwards fails.
	ctx, vanish := context.WithCancel(t.Context())
	if done, err := store.PackNext(ctx, "gone", func(Order) { vanish() }); done || err == nil {
		t.Fatalf("got %v, %v", done, err)
	}
	if rescued, err := store.Rescue(t.Context()); rescued != 0 || err != nil {
		t.Fatalf("while it may live: %d, %v", rescued, err)
	}
	if err := store.redis.Del(t.Context(), alive+"gone").Err(); err != nil {
		t.Fatal(err)
	}
	if rescued, err := store.Rescue(t.Context()); rescued != 1 || err != nil {
		t.Fatalf("rescued %d, %v", rescued, err)
	}
	if done, err := store.PackNext(t.Context(), "other", func(Order) {}); !done {
		t.Fatal(err)
	}
	if got := get(t, store, order.ID); got.PackedBy != "other" {
		t.Errorf("got %+v", got)
	}
}

func TestAWorkerThatStartsAgainPutsBackWhatItHad(t *testing.T) {
	store := open(t)
	add(t, store, "tea")
	ctx, vanish := context.WithCancel(t.Context())
	if done, _ := store.PackNext(ctx, "same", func(Order) { vanish() }); done {
		t.Fatal("it ended well")
	}
	if moved, err := store.Requeue(t.Context(), "same"); moved != 1 || err != nil {
		t.Fatalf("put back %d, %v", moved, err)
	}
	if done, err := store.PackNext(t.Context(), "same", func(Order) {}); !done {
		t.Fatal(err)
	}
}

func TestADatabaseThatIsNotThere(t *testing.T) {
	if err := Open(filepath.Join(t.TempDir(), "none.sock")).Ping(t.Context()); err == nil {
		t.Error("it answered")
	}
}
