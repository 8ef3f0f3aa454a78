package db

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"
)

// The counters of the store. IDCounter is the source of ids, and SequenceCounter is the source of
// sequence ids: see Result.SequenceID. A transaction that reserves numbers locks the counter until
// it ends, so that numbers become visible in ascending order. A client that has read all results up
// to a sequence id therefore never misses a smaller one.
const (
	IDCounter       = "id"
	SequenceCounter = "sequence"
)

// Reserve reserves n numbers of a counter and returns the first. It locks the counter. A transaction that needs both counters must lock SequenceCounter first, so that writers
// do not deadlock.
func Reserve(ctx context.Context, tx bun.IDB, counter string, n int) (int64, error) {
	var last int64
	err := tx.NewRaw("UPDATE counter SET value = value + ? WHERE name = ? RETURNING value", n, counter).Scan(ctx, &last)
	if err != nil {
		return 0, fmt.Errorf("reserve numbers of the counter %s: %w", counter, err)
	}
	return last - int64(n) + 1, nil
}

// LockCounter locks a counter until the transaction ends, and reserves no number.
func LockCounter(ctx context.Context, tx bun.IDB, counter string) error {
	_, err := Reserve(ctx, tx, counter, 0)
	return err
}

// RaiseCounter raises a counter to a number that was not reserved, so that Reserve never returns
// it.
func RaiseCounter(ctx context.Context, tx bun.IDB, counter string, to int64) error {
	_, err := tx.NewRaw("UPDATE counter SET value = ? WHERE name = ? AND value < ?", to, counter, to).Exec(ctx)
	return err
}
