package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/momotor/resultgraph/db"
)

// A lifetime is how long something is kept; 0 is for ever. It is written in days, as 90d,
// or as Go writes durations.
type lifetime time.Duration

// UnmarshalText reads a lifetime.
func (l *lifetime) UnmarshalText(text []byte) error {
	days, ok := strings.CutSuffix(string(text), "d")
	if n, err := strconv.ParseUint(days, 10, 16); ok && err == nil {
		*l = lifetime(time.Duration(n) * 24 * time.Hour)
		return nil
	}
	d, err := time.ParseDuration(string(text))
	if err != nil || d < 0 {
		return fmt.Errorf("%q is no lifetime: write days, such as 90d, or 0 to keep for ever", text)
	}
	*l = lifetime(d)
	return nil
}

// KeepSettings say how long the bundles of results are kept.
type KeepSettings struct {
	KeepFull    lifetime `default:"0" placeholder:"DAYS" help:"How long full results bundles are kept, such as 90d, counted from when they came into this store; 0 is for ever."`
	KeepBasic   lifetime `default:"0" placeholder:"DAYS" help:"How long basic results bundles are kept."`
	KeepProduct lifetime `default:"0" placeholder:"DAYS" help:"How long what students handed in is kept."`
}

// purge forgets the bundles that are older than they are to be kept, and returns how many.
func (k KeepSettings) purge(ctx context.Context, store *db.Store, now time.Time) (purged int, err error) {
	for _, of := range []struct {
		kind db.BundleKind
		keep lifetime
	}{{db.BundleFull, k.KeepFull}, {db.BundleBasic, k.KeepBasic}, {db.BundleProduct, k.KeepProduct}} {
		if of.keep == 0 {
			continue
		}
		n, failed := store.PurgeBundles(ctx, of.kind, now.Add(-time.Duration(of.keep)))
		purged, err = purged+n, errors.Join(err, failed)
	}
	return purged, err
}
