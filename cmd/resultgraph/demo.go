package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/blob"
	"github.com/momotor/resultgraph/internal/bundle"
	"github.com/momotor/resultgraph/internal/demo"
	"github.com/momotor/resultgraph/internal/importer"
)

// A demoState says how much of a store is demo data.
type demoState struct {
	key      *access.Key // opens the demo courses; nil if the store has no demo
	courses  []int64     // of the demo
	onlyDemo bool        // the store has no other courses
	// reload reads the current state.
	reload func(context.Context) (demoState, error)
}

// fillDemo fills an empty store with demo data and returns a key to it. The key is saved in
// the data folder, so that the next start reuses the demo; an interrupted fill is repeated. A
// store with other data stays as it is, and the state has no key.
func fillDemo(ctx context.Context, s *Settings, store *db.Store, blobs blob.Store, c *console) (demoState, error) {
	keyFile, unfinished := filepath.Join(s.Data, "demo.key"), filepath.Join(s.Data, "demo.unfinished")
	if d, err := loadDemo(ctx, store, keyFile); err == nil {
		if !d.onlyDemo {
			s.announce(c, "The store holds more than demo data, so no fake results are created; use --engine.\n", "the store holds more than demo data, so no fake results are created")
		}
		return d, nil
	}
	empty, err := store.IsEmpty(ctx)
	if err != nil {
		return demoState{}, err
	}
	if _, err := os.Stat(unfinished); !empty && err != nil {
		s.announce(c, "The store already holds data, so --demo adds no demo data and no fake results; use --engine.\n", "the store already holds data, so no demo data and no fake results are added")
		return demoState{}, nil
	}
	s.announce(c, "Filling the store with demo data …\n", "filling the store with demo data")
	if err := os.WriteFile(unfinished, nil, 0o600); err != nil {
		return demoState{}, err
	}
	if err := importDemo(ctx, store, blobs, demo.DefaultOptions(), s.logger(c)); err != nil {
		return demoState{}, fmt.Errorf("fill the store with demo data: %w", err)
	}
	if err := createDemoKey(ctx, store, keyFile); err != nil {
		return demoState{}, fmt.Errorf("create the key of the demo: %w", err)
	}
	if err := os.Remove(unfinished); err != nil {
		return demoState{}, err
	}
	return loadDemo(ctx, store, keyFile)
}

// createDemoKey creates a key that opens all courses, and saves it.
func createDemoKey(ctx context.Context, store *db.Store, keyFile string) error {
	courses, err := store.ListCourseIDs(ctx)
	if err != nil {
		return err
	}
	key, err := access.NewKey(rand.Reader)
	if err != nil {
		return err
	}
	if err := storeKey(ctx, store, key, db.APIKey{Name: "demo", CreatedAt: time.Now()}, courses); err != nil {
		return err
	}
	return os.WriteFile(keyFile, []byte(key.Reveal()+"\n"), 0o600)
}

// loadDemo returns the state of the demo whose key is in a file. It fails if the store does
// not accept the key.
func loadDemo(ctx context.Context, store *db.Store, keyFile string) (demoState, error) {
	text, err := os.ReadFile(keyFile)
	if err != nil {
		return demoState{}, err
	}
	key, err := access.ParseAuthorization("Api-Key " + strings.TrimSpace(string(text)))
	if err != nil {
		return demoState{}, err
	}
	record, err := store.KeyByPrefix(ctx, key.Prefix())
	if err != nil {
		return demoState{}, err
	}
	if ok, err := access.Verify(key, record.Hash); err != nil || !ok || record.Revoked {
		return demoState{}, errors.Join(err, errors.New("the saved key is not valid"))
	}
	all, err := store.ListCourseIDs(ctx)
	reload := func(ctx context.Context) (demoState, error) { return loadDemo(ctx, store, keyFile) }
	return demoState{&key, record.CourseIDs, len(all) == len(record.CourseIDs), reload}, err
}

// importDemo writes the demo data to a temporary archive and imports that.
func importDemo(ctx context.Context, store *db.Store, blobs blob.Store, opt demo.Options, log *slog.Logger) error {
	archive, err := os.CreateTemp("", "resultgraph-demo-*.zip")
	if err != nil {
		return err
	}
	defer os.Remove(archive.Name())
	if err := errors.Join(demo.WriteZip(ctx, archive, opt), archive.Close()); err != nil {
		return err
	}
	files, closer, err := importer.OpenPath(archive.Name())
	if err != nil {
		return err
	}
	defer closer.Close()
	im := &importer.Importer{Store: store, Blobs: blobs, Now: time.Now, Limits: bundle.DefaultLimits(), Log: log}
	report, err := im.Run(ctx, files)
	if err == nil && report.RejectedLines() > 0 {
		err = fmt.Errorf("items were rejected:\n%s", report)
	}
	return err
}
