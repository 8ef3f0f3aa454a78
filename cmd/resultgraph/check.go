package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/blob"
	"github.com/momotor/resultgraph/internal/canvas/accounts"
	"github.com/momotor/resultgraph/internal/check"
)

type checkCommand struct {
	ServeSettings `group:"Settings of serve"`
	listFlags
	SkipContents bool `env:"-" help:"Compare only the sizes of the files of bundles, and do not read the SQLite file: a matter of seconds."`
}

// databaseTimeout limits the connection to the database, and the wait for an instance that migrates.
const databaseTimeout = 10 * time.Second

// progressInterval is the time between two messages about the progress of a long command.
const progressInterval = 10 * time.Second

// Run prints a line for each finding. It fails if a check failed.
func (cmd *checkCommand) Run(ctx context.Context, s *Settings, c *console) error {
	r := &checkRun{cmd: cmd, settings: s, log: s.logger(c)}
	r.checkSettings()
	r.checkStore(ctx)
	r.checkEngine(ctx)
	r.checkDisks()
	if err := ctx.Err(); err != nil {
		return err
	}
	rows := make([]findingRow, len(r.findings))
	for i, f := range r.findings {
		rows[i] = findingRow(f)
	}
	if err := printList(c, cmd.listFlags, "CHECK\tSTATE\tFOUND", rows); err != nil {
		return err
	}
	if check.Worst(r.findings) == check.Failed {
		return errors.New("a check failed")
	}
	return nil
}

// A findingRow is a row of the output of check.
type findingRow check.Finding

func (r findingRow) cells() []string {
	name, text := r.Check, r.Found
	if r.Subject != "" {
		name += ": " + r.Subject
	}
	if r.ToDo != "" {
		text += ". To do: " + r.ToDo
	}
	return []string{name, string(r.State), strings.ReplaceAll(text, "\n", " ")}
}

// A checkRun is a run of the command check.
type checkRun struct {
	cmd      *checkCommand
	settings *Settings
	log      *slog.Logger
	findings []check.Finding
}

func (r *checkRun) add(findings ...check.Finding) { r.findings = append(r.findings, findings...) }

// addFailure adds a failed check.
func (r *checkRun) addFailure(name string, err error, toDo string) {
	r.add(check.Finding{Check: name, State: check.Failed, Found: err.Error(), ToDo: toDo})
}

// addOne adds a finding, or the error of its check.
func (r *checkRun) addOne(f check.Finding, err error) {
	if err != nil {
		r.addFailure(f.Check, err, "check the database")
		return
	}
	r.add(f)
}

func (r *checkRun) checkSettings() {
	warn := func(found, toDo string) {
		r.add(check.Finding{Check: "settings", State: check.Warning, Found: found, ToDo: toDo})
	}
	before := len(r.findings)
	if err := r.cmd.validate(); err != nil {
		r.addFailure("settings", err, "correct it; the server does not start")
	}
	switch {
	case r.cmd.PublicURL == "" && !isLocal(r.cmd.Listen):
		warn("URLs in responses have the host that a client sends", "set --public-url")
	case r.cmd.PublicURL != "" && !strings.HasPrefix(strings.ToLower(r.cmd.PublicURL), "https://"):
		warn("--public-url is not https, so people cannot sign in from other computers", "put a proxy with TLS in front of the server")
	}
	if len(r.findings) == before {
		r.add(check.Finding{Check: "settings", State: check.OK, Found: "they are valid"})
	}
}

// isLocal reports whether only this computer can connect to an address to listen on.
func isLocal(address string) bool {
	addr, err := net.ResolveTCPAddr("tcp", address)
	return err == nil && addr.IP.IsLoopback()
}

// checkStore checks what needs the database, unless the database or its schema is unusable.
func (r *checkRun) checkStore(ctx context.Context) {
	store, err := r.openStore(ctx)
	if err != nil {
		r.addFailure("database", err, "check --database and --data; the checks of the files of bundles, the secret key and Canvas need the database")
		return
	}
	defer store.Close()
	if err := r.checkSchema(ctx, store); err != nil {
		r.addFailure("schema", err, "the other checks of the database need its schema")
		return
	}
	f, err := check.DatabaseClock(ctx, store, time.Now)
	r.addOne(f, err)
	if isPart, err := store.IsPartOfExport(ctx); isPart || err != nil {
		r.addFailure("import", cmp.Or(err, errors.New("the import of an export was interrupted")), "run “resultgraph import” with the same folder again")
	}
	r.checkSecrets(ctx, store)
	r.checkBlobs(ctx, store)
}

// openStore opens the database without changing it.
func (r *checkRun) openStore(ctx context.Context) (*db.Store, error) {
	if err := r.settings.requireStore(); err != nil {
		return nil, err
	}
	openCtx, cancel := context.WithTimeout(ctx, databaseTimeout)
	defer cancel()
	start := time.Now()
	store, err := db.Open(openCtx, r.settings.databaseURL())
	if err != nil {
		return nil, err
	}
	took := time.Since(start)
	if !r.cmd.SkipContents {
		if err := store.CheckIntegrity(ctx); err != nil {
			store.Close()
			return nil, err
		}
	}
	r.add(check.Finding{Check: "database", State: check.OK, Found: fmt.Sprintf("it answers, after %s", took.Round(time.Millisecond))})
	return store, nil
}

func (r *checkRun) checkSchema(ctx context.Context, store *db.Store) error {
	m, err := store.Migrator(r.log)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, databaseTimeout)
	defer cancel()
	if err := m.Check(ctx); err != nil {
		return err
	}
	r.add(check.Finding{Check: "schema", State: check.OK, Found: "it has all migrations of this program"})
	return nil
}

// checkSecrets checks the secret key and the Canvas tokens that it opens.
func (r *checkRun) checkSecrets(ctx context.Context, store *db.Store) {
	key, err := r.cmd.existingKey(r.settings)
	if err != nil {
		r.addFailure("secret key", err, "correct the key or the mode of its file")
	} else {
		f, err := check.SecretKey(ctx, store, key)
		r.addOne(f, err)
	}
	findings, err := check.Canvas(ctx, accounts.Config{
		Store: store, Key: key, ClientID: r.cmd.CanvasClientID, ClientSecret: r.cmd.CanvasClientSecret,
		Transport: http.DefaultTransport, Now: time.Now, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		r.addFailure("canvas", err, "check the database")
	}
	r.add(findings...)
}

func (r *checkRun) checkBlobs(ctx context.Context, store *db.Store) {
	folder, err := blob.Inspect(r.settings.blobPath())
	if errors.Is(err, fs.ErrNotExist) {
		if sums, sampleErr := store.SampleBlobs(ctx, 1); sampleErr == nil && len(sums) == 0 {
			r.add(check.Finding{Check: "blobs", State: check.OK, Found: "there are none yet"})
			return
		}
	}
	var findings []check.Finding
	if err == nil {
		findings, err = (&check.Blobs{
			Store: store, Folder: folder, Contents: !r.cmd.SkipContents, Now: time.Now, Progress: r.logProgress(ctx), Log: r.log,
		}).Run(ctx)
	}
	if err != nil {
		r.addFailure("blobs", err, "check that --data and --database belong together, and that the volume is mounted")
	}
	r.add(findings...)
}

// logProgress returns a function that logs the progress of the check of blobs from time to time.
func (r *checkRun) logProgress(ctx context.Context) func(share float64, files int, bytes int64) {
	last := time.Now()
	return func(share float64, files int, bytes int64) {
		if time.Since(last) >= progressInterval {
			last = time.Now()
			r.log.InfoContext(ctx, "checking blobs", "percent", int(100*share), "files", files, "size", check.SizeText(bytes))
		}
	}
}

func (r *checkRun) checkEngine(ctx context.Context) {
	if r.cmd.Jobs == "off" {
		r.add(check.Finding{Check: "engine", State: check.OK, Found: "not needed, because --jobs is off"})
		return
	}
	e, err := openEngine(&r.cmd.EngineSettings, demoState{}, r.log)
	if err != nil {
		r.addFailure("engine", err, "correct the settings")
		return
	}
	if e != nil {
		defer e.Close()
	}
	r.add(check.Engine(ctx, e))
}

// checkDisks checks the space for the files of bundles, the SQLite file and temporary files.
func (r *checkRun) checkDisks() {
	r.add(check.Disk("data folder", r.settings.Data))
	if path, ok := r.settings.sqlitePath(); ok && filepath.Dir(path) != filepath.Clean(r.settings.Data) {
		r.add(check.Disk("database", filepath.Dir(path)))
	}
	r.add(check.Disk("temporary files", os.TempDir()))
}
