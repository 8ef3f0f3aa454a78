package main

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/internal/canvas/canvastest"
)

// An accountFixture is a store with an account whose Canvas is a fake.
type accountFixture struct {
	*canvastest.Server
	t        *testing.T
	store    *db.Store
	settings []string
	data     string
	output   strings.Builder // of all commands
}

func newAccountFixture(t *testing.T, location string) *accountFixture {
	t.Helper()
	f := &accountFixture{Server: canvastest.New(t), t: t, store: dbtest.Open(t, location), data: filepath.Join(t.TempDir(), "data")}
	f.settings = []string{"--data", f.data, "--database", location, "--log-level", "debug"}
	if _, err := ingest.UpsertAccounts(t.Context(), f.store, []*db.Account{{MomotorID: 7, CanvasGUID: "guid7", BaseURL: f.URL, Name: "Example"}}); err != nil {
		t.Fatal(err)
	}
	return f
}

// call runs a command in an environment.
func (f *accountFixture) call(env map[string]string, args ...string) (string, error) {
	var out bytes.Buffer
	err := run(f.t.Context(), append(args, f.settings...), func(name string) string { return env[name] }, &out, &out)
	f.output.Write(out.Bytes())
	if err != nil {
		f.output.WriteString(err.Error())
	}
	return out.String(), err
}

// expect runs a command whose output or error must contain a text.
func (f *accountFixture) expect(fails bool, text string, env map[string]string, args ...string) {
	f.t.Helper()
	out, err := f.call(env, args...)
	if (err != nil) != fails {
		f.t.Fatalf("%v = %q, %v", args, out, err)
	}
	if err != nil {
		out = err.Error()
	}
	if !strings.Contains(out, text) {
		f.t.Errorf("%v = %q, want %q in it", args, out, text)
	}
}

func (f *accountFixture) file(name, text string) string {
	path := filepath.Join(f.t.TempDir(), name)
	writeFile(f.t, path, text)
	return path
}

func TestAccountCommands(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, location string) {
		f := newAccountFixture(t, location)
		token := map[string]string{"RESULTGRAPH_TOKEN": f.Token()}
		f.expect(false, "not set", nil, "account", "list")
		f.expect(true, "guid8: not found", token, "account", "set", "guid8")
		f.expect(true, "RESULTGRAPH_TOKEN", nil, "account", "set", "7")
		f.expect(true, "can't be used together", token, "account", "set", "7", "--token-file", f.file("token", f.Token()))
		f.expect(true, "spaces", map[string]string{"RESULTGRAPH_TOKEN": f.Token() + "\r\nX: " + f.Token()}, "account", "set", "7")
		f.expect(true, "has expired", token, "account", "set", "7", "--expires-at", "2020-01-31")
		f.expect(true, "not base64", map[string]string{"RESULTGRAPH_TOKEN": f.Token(), "RESULTGRAPH_SECRET_KEY": "!" + f.ClientSecret}, "account", "set", "7")
		f.expect(true, "set the token of account 7 (Example): verify the token", nil, "account", "set", "7", "--token", "wrong-"+f.Token())
		f.expect(true, "delete the token of account 7", nil, "account", "unset", "7")

		f.expect(false, "account 7 (Example). It belongs to Owner Token.", token, "account", "set", "7")
		if err := f.store.RecordCanvasAvailability(t.Context(), 7, time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC), "no answer from Canvas"); err != nil {
			t.Fatal(err)
		}
		f.expect(false, "set    2026-03-02 12:00:00  no answer from Canvas\n", nil, "account", "list")
		f.expect(false, "only with --canvas-client-id", nil, "account", "set", "guid7", "--token-file", f.file("token", f.Token()+"\n"), "--refresh-token-file", f.file("refresh", f.RefreshToken), "--expires-in", "1h")
		if out, err := f.call(nil, "account", "list"); err != nil || !strings.Contains(out, "set, renewable") || strings.Contains(out, "no answer") {
			t.Errorf("account list = %q, %v; want no failure", out, err)
		}
		f.expect(false, "without testing", nil, "account", "set", "7", "--token", "unknown", "--no-check")
		f.expect(false, "never", nil, "account", "list")
		f.expect(false, "Deleted the token of account 7", nil, "account", "unset", "guid7")
		if info, err := os.Stat(filepath.Join(f.data, "secret.key")); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("secret.key: %v, %v", info, err)
		}
		for _, command := range []string{"set", "list"} {
			if _, err := f.call(token, "account", command, "--help"); err != nil {
				t.Error(err)
			}
		}
		f.checkSecrets()
	})
}

// checkSecrets fails if the output or a file of the database contains a secret.
func (f *accountFixture) checkSecrets() {
	f.t.Helper()
	secrets := []string{f.Token(), f.RefreshToken, f.ClientSecret}
	for _, secret := range secrets {
		if strings.Contains(f.output.String(), secret) {
			f.t.Errorf("%q is printed: %s", secret, f.output.String())
		}
	}
	path, ok := strings.CutPrefix(f.settings[3], "sqlite:")
	if !ok {
		return
	}
	files, err := filepath.Glob(path + "*")
	if err != nil || len(files) == 0 {
		f.t.Fatalf("the database is in %v, %v", files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.t.Fatal(err)
		}
		for _, secret := range secrets {
			if bytes.Contains(text, []byte(secret)) {
				f.t.Errorf("%q is in %s", secret, file)
			}
		}
	}
}

// The tokens of --canvas-token are stored in the database and used.
func TestCanvasTokens(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, location string) {
		f := newAccountFixture(t, location)
		s := &Settings{Data: f.data}
		start := func(text string) error {
			var tok accountToken
			if err := tok.UnmarshalText([]byte(text)); err != nil {
				return err
			}
			cs := CanvasSettings{CanvasToken: []accountToken{tok}}
			accounts, err := cs.accounts(t.Context(), s, f.store, slog.New(slog.DiscardHandler))
			if err != nil {
				return err
			}
			client, err := accounts.Client(t.Context(), 7)
			if err != nil {
				return err
			}
			_, err = client.Self(t.Context())
			return err
		}
		for _, text := range []string{"7=" + f.Token(), "guid7=" + f.Token()} {
			if err := start(text); err != nil {
				t.Errorf("start with a token for %.5s = %v", text, err)
			}
		}
		for _, text := range []string{"8=" + f.Token(), f.Token(), "=" + f.Token(), "7=" + f.Token() + "\nx"} {
			if err := start(text); err == nil || strings.Contains(err.Error(), f.Token()) {
				t.Errorf("start with %q = %v, want an error without the token", text, err)
			}
		}
		file := filepath.Join(f.data, "secret.key")
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		if err := start("7=" + f.Token()); err == nil || !strings.Contains(err.Error(), file+" is missing") {
			t.Errorf("start without the file of the key = %v, want an error that names it", err)
		}
		if _, err := os.Stat(file); !os.IsNotExist(err) {
			t.Errorf("start without the file of the key makes a new one")
		}
	})
}

// With --jobs=off the tokens are stored for other instances.
func TestCanvasTokenWithoutJobs(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, location string) {
		f := newAccountFixture(t, location)
		cmd := &serveCommand{}
		cmd.Jobs, cmd.CanvasToken = "off", []accountToken{{"guid7", f.Token()}}
		w, err := newBackground(t.Context(), cmd, &Settings{Data: f.data}, f.store, nil, demoState{}, slog.New(slog.DiscardHandler))
		if err != nil || w.runner != nil {
			t.Fatalf("newBackground = %+v, %v, want no runner", w, err)
		}
		if _, err := f.store.LoadCanvasAccess(t.Context(), 7); err != nil {
			t.Errorf("the token is not stored: %v", err)
		}
		cmd.CanvasToken[0].account = "8"
		if _, err := newBackground(t.Context(), cmd, &Settings{Data: f.data}, f.store, nil, demoState{}, slog.New(slog.DiscardHandler)); err == nil {
			t.Error("a token for an unknown account is accepted")
		}
	})
}

func TestParseCanvasToken(t *testing.T) {
	t.Parallel()
	parse := func(value string) (CanvasSettings, error) {
		var cs CanvasSettings
		parser, err := kong.New(&cs, kong.Resolvers(variableResolver(func(name string) string {
			return map[string]string{"RESULTGRAPH_CANVAS_TOKEN": value}[name]
		})))
		if err != nil {
			t.Fatal(err)
		}
		_, err = parser.Parse(nil)
		return cs, err
	}
	cs, err := parse("7=7~one, guid8=8~two==")
	if want := []accountToken{{"7", "7~one"}, {"guid8", "8~two=="}}; err != nil || !slices.Equal(cs.CanvasToken, want) {
		t.Errorf("RESULTGRAPH_CANVAS_TOKEN = %v, %v; want %v", cs.CanvasToken, err, want)
	}
	if _, err := parse("7=7~one,secret"); err == nil || strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), "ACCOUNT=TOKEN") {
		t.Errorf("RESULTGRAPH_CANVAS_TOKEN without an account = %v", err)
	}
}
