package main

import (
	"context"
	"errors"
	"fmt"
	"net"
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

// A demoStore is what a store has of the demo.
type demoStore struct {
	key   *access.Key // opens the demo; nil is that it is not there
	alone bool        // there are no courses but the demo's
	// again looks how it is now.
	again func(context.Context) (demoStore, error)
}

// fillDemo fills an empty store with demo data and returns a key that opens it. The key
// is kept in the data folder, so that a second start makes nothing; a start that was cut
// off is begun again. A store with other data is left alone, and there is no key.
func fillDemo(ctx context.Context, s *Settings, store *db.Store, blobs blob.Store, c *console) (demoStore, error) {
	kept, begun := filepath.Join(s.Data, "demo.key"), filepath.Join(s.Data, "demo.unfinished")
	if d, err := demoOf(ctx, store, kept); err == nil {
		if !d.alone {
			fmt.Fprintln(c.out, "The store has more than the demo, so that no results are made up in it: they need --engine.")
		}
		return d, nil
	}
	empty, err := store.IsEmpty(ctx)
	if err != nil {
		return demoStore{}, err
	}
	if _, err := os.Stat(begun); !empty && err != nil {
		fmt.Fprintln(c.out, "The store has data already, so --demo leaves it alone, and makes no results up: they need --engine.")
		return demoStore{}, nil
	}
	fmt.Fprintln(c.out, "Filling the store with demo data …")
	if err := os.WriteFile(begun, nil, 0o600); err != nil {
		return demoStore{}, err
	}
	if err := importDemo(ctx, store, blobs, demo.DefaultOptions()); err != nil {
		return demoStore{}, fmt.Errorf("fill the store with demo data: %w", err)
	}
	courses, err := store.ListCourseIDs(ctx)
	if err != nil {
		return demoStore{}, err
	}
	key, err := createKey(ctx, store, "demo", courses, nil, false, time.Now())
	if err != nil {
		return demoStore{}, err
	}
	if err := os.WriteFile(kept, []byte(key.Reveal()+"\n"), 0o600); err != nil {
		return demoStore{}, fmt.Errorf("keep the demo's key: %w", err)
	}
	if err := os.Remove(begun); err != nil {
		return demoStore{}, err
	}
	return demoOf(ctx, store, kept)
}

// demoOf returns the demo of an earlier start, if it is in this store. Its key opens its
// courses and no others.
func demoOf(ctx context.Context, store *db.Store, file string) (demoStore, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return demoStore{}, err
	}
	key, err := access.ParseAuthorization("Api-Key " + strings.TrimSpace(string(text)))
	if err != nil {
		return demoStore{}, err
	}
	record, err := store.KeyByPrefix(ctx, key.Prefix())
	if err != nil {
		return demoStore{}, err
	}
	if ok, _, err := access.Verify(key, record.Hash); err != nil || !ok || record.Revoked {
		return demoStore{}, errors.Join(err, errors.New("the kept key is not valid"))
	}
	all, err := store.ListCourseIDs(ctx)
	again := func(ctx context.Context) (demoStore, error) { return demoOf(ctx, store, file) }
	return demoStore{&key, len(all) == len(record.CourseIDs), again}, err
}

// importDemo makes the demo's folder as an archive, and takes it in like any other.
func importDemo(ctx context.Context, store *db.Store, blobs blob.Store, opt demo.Options) error {
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
	im := &importer.Importer{Store: store, Blobs: blobs, Now: time.Now, Limits: bundle.DefaultLimits()}
	report, err := im.Run(ctx, files)
	if err == nil && report.Refused() > 0 {
		err = fmt.Errorf("items were refused:\n%s", report)
	}
	return err
}

// greeting tells whoever started the server where to go from here.
func greeting(address net.Addr, key *access.Key) string {
	base := "http://" + address.String()
	var b strings.Builder
	fmt.Fprintf(&b, "\nresultgraph is ready.\n\n  GraphiQL   %[1]s/graphiql\n  API page   %[1]s/lti/api-doc\n  REST       %[1]s/lti/api/\n", base)
	if key == nil {
		b.WriteString("\nAn API key is made with “resultgraph apikey create”.\n\n")
		return b.String()
	}
	fmt.Fprintf(&b, "  API key    %s\n\nTry it:\n\n  %s\n\n", key.Reveal(), curlLine(base, key))
	return b.String()
}

// curlLine asks for the demo's way down from accounts to steps.
func curlLine(base string, key *access.Key) string {
	query := `{ account(momotorId: 1) { name course(canvasId: 1001) { name assignment(canvasId: 501) { name results(first: 3) { nodes { user { name } label score steps { taskId accepted score } } } } } } }`
	return fmt.Sprintf("curl -s %s/graphql -H 'Authorization: Api-Key %s' -H 'Content-Type: application/json' -d '{\"query\":%q}'", base, key.Reveal(), query)
}
