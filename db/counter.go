package db

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"
)

// The counters of the store. A transaction that reserves numbers locks the counter until its end,
// so that numbers become visible in their order: a reader who has seen a number does not miss a
// smaller one later.
const (
	IDCounter       = "id"
	SequenceCounter = "sequence"
)

// Reserve reserves n numbers of a counter and returns the first. A transaction that needs both
// counters takes the sequence first, so that writers do not deadlock.
func Reserve(ctx context.Context, tx bun.IDB, counter string, n int) (int64, error) {
	var last int64
	err := tx.NewRaw("UPDATE counter SET value = value + ? WHERE name = ? RETURNING value", n, counter).Scan(ctx, &last)
	if err != nil {
		return 0, fmt.Errorf("reserve numbers of the counter %s: %w", counter, err)
	}
	return last - int64(n) + 1, nil
}

// RaiseCounter makes a counter continue after a number that was assigned elsewhere.
func RaiseCounter(ctx context.Context, tx bun.IDB, counter string, to int64) error {
	_, err := tx.NewRaw("UPDATE counter SET value = ? WHERE name = ? AND value < ?", to, counter, to).Exec(ctx)
	return err
}
