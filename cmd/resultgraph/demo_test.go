package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
)

// groupAssignment is the path of a demo assignment with few results.
const groupAssignment = "/lti/api/account/1/course/1002/assignment/605/"

// demoFiles are the files of a data folder with the demo data. They are made once for all tests, because the race
// detector makes that slow.
var demoFiles = sync.OnceValues(func() (fs.FS, error) {
	folder, err := os.MkdirTemp("", "resultgraph-demo")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	if err := fillFolder(context.Background(), folder); err != nil {
		return nil, err
	}
	files := fstest.MapFS{}
	return files, filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		name, relErr := filepath.Rel(folder, path)
		files[filepath.ToSlash(name)] = &fstest.MapFile{Data: data, Mode: 0o600}
		return errors.Join(err, relErr)
	})
})

// fillFolder fills an empty data folder with the demo data.
func fillFolder(ctx context.Context, folder string) error {
	settings, out := &Settings{Data: folder}, &console{io.Discard, io.Discard}
	store, err := settings.openStore(ctx, settings.logger(out))
	if err != nil {
		return err
	}
	defer store.Close()
	blobs, err := settings.openBlobs(ctx, store, settings.logger(out))
	if err == nil {
		_, err = fillDemo(ctx, settings, store, blobs, out)
	}
	return err
}

// demoFolder returns a data folder with the demo data.
func demoFolder(t *testing.T) string {
	t.Helper()
	files, err := demoFiles()
	if err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(t.TempDir(), "data")
	if err := os.CopyFS(data, files); err != nil {
		t.Fatal(err)
	}
	return data
}

// demoFolderAt is demoFolder with the store at a location of SQLite.
func demoFolderAt(t *testing.T, location string) string {
	t.Helper()
	data := demoFolder(t)
	if err := os.Rename(filepath.Join(data, "resultgraph.db"), strings.TrimPrefix(location, "sqlite:")); err != nil {
		t.Fatal(err)
	}
	return data
}

// Without an engine the demo uses the stand-in, whose results name it in their summary. It stops
// once the store holds other data.
func TestDemoStandIn(t *testing.T) {
	t.Parallel()
	data := demoFolder(t)
	p := startSubprocess(t, nil, "serve", "--demo", "--listen", "127.0.0.1:0", "--data", data, "--max-engine-jobs", "100")
	key, err := os.ReadFile(filepath.Join(data, "demo.key"))
	if err != nil {
		t.Fatal(err)
	}
	c := &fixture{key: strings.TrimSpace(string(key))}
	c.mustSend(t, p, http.StatusOK, "PATCH", groupAssignment, jsonType, `{"evaluate": "all"}`)
	p.waitFor(t, "results of the stand-in", func() bool {
		all := c.summaries(t, p, groupAssignment)
		return len(all) > 10 && !slices.ContainsFunc(all, func(s string) bool { return !strings.Contains(s, "stand-in, not the Momotor engine") })
	})

	if out, err := call(t, "import", writeOtherCourse(t), "--data", data); err != nil {
		t.Fatalf("import: %v\n%s", err, out)
	}
	c.mustSend(t, p, http.StatusOK, "PATCH", groupAssignment, jsonType, `{"evaluate": "all"}`)
	p.waitFor(t, "results that are queued for an engine", func() bool {
		all := c.summaries(t, p, groupAssignment)
		return !slices.ContainsFunc(all, func(s string) bool { return !strings.Contains(s, "not available") })
	})
	p.shutdown(t)
}

// writeOtherCourse returns a folder to import with a course that is not of the demo.
func writeOtherCourse(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	writeFile(t, filepath.Join(folder, "manifest.jsonl"), `
{"type": "account", "canvas_guid": "g", "base_url": "https://canvas.example", "name": "University"}
{"type": "course", "account": "g", "canvas_id": 1, "code": "C", "name": "Course", "active": true, "valid": true, "readonly": false}
`)
	return folder
}

// summaries returns the summaries of the results of an assignment.
func (c *fixture) summaries(t *testing.T, p *subprocess, path string) (all []string) {
	t.Helper()
	var list []struct{ Summary string }
	parse(t, c.mustSend(t, p, http.StatusOK, "GET", path+"result/", "", ""), &list)
	for _, r := range list {
		all = append(all, r.Summary)
	}
	return all
}

// In a store with other data --demo creates no fake results and prints why.
func TestDemoWithOtherData(t *testing.T) {
	t.Parallel()
	other := writeOtherCourse(t)
	for name, tt := range map[string]struct {
		data   string
		isDemo bool
		output string
	}{
		"a store with the demo": {demoFolder(t), true, "The store holds more than demo data"},
		"another store":         {t.TempDir(), false, "The store already holds data"},
	} {
		if tt.isDemo {
			p := start(t, "serve", "--demo", "--listen", "127.0.0.1:0", "--data", tt.data)
			p.await(t, `API key +(\S+)\n`)
			p.awaitIn(t, &p.err, "(resultgraph stand-in)")
			p.shutdown(t)
		}
		if out, err := call(t, "import", other, "--data", tt.data); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
		p := start(t, "serve", "--demo", "--listen", "127.0.0.1:0", "--data", tt.data)
		p.await(t, fmt.Sprintf("(%s).*\n", tt.output))
		p.awaitIn(t, &p.err, "(no engine configured, results stay queued)")
		p.shutdown(t)
	}
}
