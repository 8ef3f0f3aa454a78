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

// An office has a store with an account whose Canvas is a fake, and works with commands.
type office struct {
	*canvastest.Server
	t        *testing.T
	store    *db.Store
	settings []string
	data     string
	printed  strings.Builder
}

func newOffice(t *testing.T, location string) *office {
	t.Helper()
	o := &office{Server: canvastest.New(t), t: t, store: dbtest.Open(t, location), data: filepath.Join(t.TempDir(), "data")}
	o.settings = []string{"--data", o.data, "--database", location, "--log-level", "debug"}
	if _, err := ingest.UpsertAccounts(t.Context(), o.store, []*db.Account{{MomotorID: 7, CanvasGUID: "guid7", BaseURL: o.URL, Name: "Example"}}); err != nil {
		t.Fatal(err)
	}
	return o
}

// call runs a command in an environment.
func (o *office) call(env map[string]string, args ...string) (string, error) {
	var out bytes.Buffer
	err := run(o.t.Context(), append(args, o.settings...), func(name string) string { return env[name] }, &out, &out)
	o.printed.Write(out.Bytes())
	if err != nil {
		o.printed.WriteString(err.Error())
	}
	return out.String(), err
}

// want runs a command that prints, or fails with, some text.
func (o *office) want(fails bool, text string, env map[string]string, args ...string) {
	o.t.Helper()
	out, err := o.call(env, args...)
	if (err != nil) != fails {
		o.t.Fatalf("%v = %q, %v", args, out, err)
	}
	if err != nil {
		out = err.Error()
	}
	if !strings.Contains(out, text) {
		o.t.Errorf("%v = %q, want it to say %q", args, out, text)
	}
}

func (o *office) file(name, text string) string {
	path := filepath.Join(o.t.TempDir(), name)
	writeFile(o.t, path, text)
	return path
}

func TestAccountCommands(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, location string) {
		o := newOffice(t, location)
		token := map[string]string{"RESULTGRAPH_TOKEN": o.Token()}
		o.want(false, "not set", nil, "account", "list")
		o.want(true, "guid8: not found", token, "account", "set", "guid8")
		o.want(true, "RESULTGRAPH_TOKEN", nil, "account", "set", "7")
		o.want(true, "can't be used together", token, "account", "set", "7", "--token-file", o.file("token", o.Token()))
		o.want(true, "spaces", map[string]string{"RESULTGRAPH_TOKEN": o.Token() + "\r\nX: " + o.Token()}, "account", "set", "7")
		o.want(true, "has expired", token, "account", "set", "7", "--expires-at", "2020-01-31")
		o.want(true, "not base64", map[string]string{"RESULTGRAPH_TOKEN": o.Token(), "RESULTGRAPH_SECRET_KEY": "!" + o.ClientSecret}, "account", "set", "7")
		o.want(true, "set the token of account 7 (Example): try the token", nil, "account", "set", "7", "--token", "wrong-"+o.Token())
		o.want(true, "delete the token of account 7", nil, "account", "unset", "7")

		o.want(false, "account 7 (Example). It belongs to Owner Token.", token, "account", "set", "7")
		if err := o.store.RecordCanvasContact(t.Context(), 7, time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC), "no answer from Canvas"); err != nil {
			t.Fatal(err)
		}
		o.want(false, "set    2026-03-02 12:00:00  no answer from Canvas\n", nil, "account", "list")
		o.want(false, "only with --canvas-client-id", nil, "account", "set", "guid7", "--token-file", o.file("token", o.Token()+"\n"), "--refresh-token-file", o.file("refresh", o.RefreshToken), "--expires-in", "1h")
		if out, err := o.call(nil, "account", "list"); err != nil || !strings.Contains(out, "set, renewable") || strings.Contains(out, "no answer") {
			t.Errorf("account list = %q, %v; want the failure forgotten", out, err)
		}
		o.want(false, "without testing", nil, "account", "set", "7", "--token", "unknown", "--no-check")
		o.want(false, "never", nil, "account", "list")
		o.want(false, "Deleted the token of account 7", nil, "account", "unset", "guid7")
		if info, err := os.Stat(filepath.Join(o.data, "secret.key")); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the key: %v, %v", info, err)
		}
		for _, command := range []string{"set", "list"} {
			if _, err := o.call(token, "account", command, "--help"); err != nil {
				t.Error(err)
			}
		}
		o.keepsSecrets()
	})
}

// keepsSecrets fails the test when a secret was printed, or is in a file of the database.
func (o *office) keepsSecrets() {
	o.t.Helper()
	secrets := []string{o.Token(), o.RefreshToken, o.ClientSecret}
	for _, secret := range secrets {
		if strings.Contains(o.printed.String(), secret) {
			o.t.Errorf("%q is printed: %s", secret, o.printed.String())
		}
	}
	path, ok := strings.CutPrefix(o.settings[3], "sqlite:")
	if !ok {
		return
	}
	files, err := filepath.Glob(path + "*")
	if err != nil || len(files) == 0 {
		o.t.Fatalf("the database is in %v, %v", files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			o.t.Fatal(err)
		}
		for _, secret := range secrets {
			if bytes.Contains(text, []byte(secret)) {
				o.t.Errorf("%q is in %s", secret, file)
			}
		}
	}
}

// Tokens of the settings are put into the database, and used.
func TestCanvasSettings(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, location string) {
		o := newOffice(t, location)
		s := &Settings{Data: o.data}
		start := func(text string) error {
			var tok accountToken
			if err := tok.UnmarshalText([]byte(text)); err != nil {
				return err
			}
			cs := CanvasSettings{CanvasToken: []accountToken{tok}}
			accounts, err := cs.accounts(t.Context(), s, o.store, slog.New(slog.DiscardHandler))
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
		for _, text := range []string{"7=" + o.Token(), "guid7=" + o.Token()} {
			if err := start(text); err != nil {
				t.Errorf("start with a token for %.5s = %v", text, err)
			}
		}
		for _, text := range []string{"8=" + o.Token(), o.Token(), "=" + o.Token(), "7=" + o.Token() + "\nx"} {
			if err := start(text); err == nil || strings.Contains(err.Error(), o.Token()) {
				t.Errorf("start with %q = %v, want an error without the token", text, err)
			}
		}
	})
}

// A server that leaves the work to others puts the tokens there for them.
func TestCanvasTokenWithoutWork(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, location string) {
		o := newOffice(t, location)
		cmd := &serveCommand{}
		cmd.Work, cmd.CanvasToken = "off", []accountToken{{"guid7", o.Token()}}
		w, err := openWorkshop(t.Context(), cmd, &Settings{Data: o.data}, o.store, nil, demoState{}, slog.New(slog.DiscardHandler))
		if err != nil || w.runner != nil {
			t.Fatalf("openWorkshop = %+v, %v, want no runner", w, err)
		}
		if _, err := o.store.LoadCanvasAccess(t.Context(), 7); err != nil {
			t.Errorf("the token is not there: %v", err)
		}
		cmd.CanvasToken[0].account = "8"
		if _, err := openWorkshop(t.Context(), cmd, &Settings{Data: o.data}, o.store, nil, demoState{}, slog.New(slog.DiscardHandler)); err == nil {
			t.Error("a token for no account is not refused")
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
