package db

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"
)

// The counters of the store. Whoever takes from one holds it until the end of the
// transaction, so that numbers come into view in the order in which they were taken: a
// reader who has seen a number will not miss a smaller one.
const (
	IDCounter       = "id"
	SequenceCounter = "sequence"
)

// Reserve reserves n numbers of a counter and returns the first. Where both counters are
// needed the sequence is taken first, so that writers do not wait for each other in a ring.
func Reserve(ctx context.Context, tx bun.IDB, counter string, n int) (int64, error) {
	var last int64
	err := tx.NewRaw("UPDATE counter SET value = value + ? WHERE name = ? RETURNING value", n, counter).Scan(ctx, &last)
	if err != nil {
		return 0, fmt.Errorf("take from the counter %s: %w", counter, err)
	}
	return last - int64(n) + 1, nil
}

// RaiseCounter makes a counter go on after a number that was given elsewhere.
func RaiseCounter(ctx context.Context, tx bun.IDB, counter string, to int64) error {
	_, err := tx.NewRaw("UPDATE counter SET value = ? WHERE name = ? AND value < ?", to, counter, to).Exec(ctx)
	return err
}
