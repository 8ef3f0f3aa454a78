package graph

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/momotor/resultgraph/internal/blob"
	"github.com/momotor/resultgraph/internal/fault"
)

// At most maxChecks requests check their bundles at the same time. Others wait for a limited time, and
// not longer than their client. A check ends with its client, and releases its slot in any case.
func TestChecksOfBundles(t *testing.T) {
	t.Parallel()
	blobs, err := blob.OpenFolder(t.TempDir(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	valid := newUpload(t, `<recipe xmlns="http://momotor.org/1.0"><steps><step id="run"/></steps></recipe>`)
	invalid := newUpload(t, "<recipe")
	large := newUpload(t, `<recipe xmlns="http://momotor.org/1.0"><steps>`+strings.Repeat("<a/>", maxUploadElements)+`</steps></recipe>`)
	synctest.Test(t, func(t *testing.T) {
		r := &Resolver{checks: newChecks(), Bundles: uploadLimits(Resolver{}.Bundles), Blobs: blobs}
		check := func(ctx context.Context, upload *graphql.Upload) error {
			_, _, err := r.storeUploads(ctx, upload, nil)
			return err
		}
		canceled, cancel := context.WithCancel(t.Context())
		cancel()
		for range maxChecks + 1 {
			if err := check(t.Context(), invalid); !errors.Is(err, fault.BadInput) {
				t.Errorf("check of an invalid recipe = %v, want fault.BadInput", err)
			}
			if err := check(t.Context(), large); !errors.Is(err, fault.BadInput) {
				t.Errorf("check of a recipe with too many elements = %v, want fault.BadInput", err)
			}
			if err := check(canceled, valid); !errors.Is(err, context.Canceled) {
				t.Errorf("check for a client that is gone = %v, want context.Canceled", err)
			}
		}
		for range maxChecks {
			if err := r.checks.Acquire(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if _, _, err := r.storeUploads(t.Context(), nil, nil); err != nil {
			t.Errorf("a request without files waits for checks: %v", err)
		}
		if err := check(t.Context(), valid); !errors.Is(err, fault.Unavailable) {
			t.Errorf("check without a free slot = %v, want fault.Unavailable", err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := check(ctx, valid); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("check without a free slot until the deadline = %v, want context.DeadlineExceeded", err)
		}
		done := make(chan error)
		go func() { done <- check(t.Context(), valid) }()
		synctest.Wait()
		r.checks.Release()
		if err := <-done; err != nil {
			t.Errorf("check after a release = %v, want nil", err)
		}
	})
}

func newUpload(t *testing.T, content string) *graphql.Upload {
	t.Helper()
	name := t.TempDir() + "/file"
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return &graphql.Upload{File: f, Filename: "recipe.xml", Size: int64(len(content))}
}
