package check

import (
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/internal/canvas/accounts"
	"github.com/momotor/resultgraph/internal/canvas/canvastest"
)

// Each state of an account's token is found, without the token in the text.
func TestCanvas(t *testing.T) {
	for name, test := range map[string]struct {
		token func(*canvastest.Server) string // "" for none
		fill  byte                            // of the key
		url   string                          // of Canvas; "" is that of the fake
		ahead time.Duration                   // of the local clock
		state State
		found string
	}{
		"accepted":       {(*canvastest.Server).Token, 1, "", 0, OK, "belongs to Owner Token"},
		"wrong":          {func(*canvastest.Server) string { return "wrong-token" }, 1, "", 0, Failed, "not accepted"},
		"none":           {func(*canvastest.Server) string { return "" }, 1, "", 0, Warning, "no token"},
		"other key":      {(*canvastest.Server).Token, 2, "", 0, Failed, "cannot be opened"},
		"unreachable":    {(*canvastest.Server).Token, 1, "http://127.0.0.1:1", 0, Failed, "no answer"},
		"invalid URL":    {(*canvastest.Server).Token, 1, "http://canvas.example.edu", 0, Failed, "https"},
		"clock is ahead": {(*canvastest.Server).Token, 1, "", 2 * time.Minute, OK, "belongs to"},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, store *db.Store) {
				fake := canvastest.New(t)
				account := &db.Account{CanvasGUID: "guid", BaseURL: fake.URL, Name: "Example"}
				upsert := func() {
					t.Helper()
					if _, err := ingest.UpsertAccounts(t.Context(), store, []*db.Account{account}); err != nil {
						t.Fatal(err)
					}
				}
				upsert()
				token := test.token(fake)
				if token != "" {
					setToken(t, store, newKey(t, 1), account, token)
				}
				if test.url != "" {
					account.BaseURL = test.url
					upsert()
				}
				transport := &http.Transport{}
				t.Cleanup(transport.CloseIdleConnections)
				now := func() time.Time { return time.Now().Add(test.ahead) }
				findings, err := Canvas(t.Context(), accounts.Config{
					Store: store, Key: newKey(t, test.fill), Transport: transport, Now: now, Log: slog.New(slog.DiscardHandler),
					Sleep: canvastest.NewClock(time.Now()).Sleep,
				})
				if err != nil {
					t.Fatal(err)
				}
				subject := fmt.Sprintf("account %d (Example)", account.MomotorID)
				if got := requireFinding(t, findings, "canvas", subject, test.state); !strings.Contains(got, test.found) {
					t.Errorf("found %q, want %q", got, test.found)
				}
				if all := fmt.Sprintf("%+v", findings); token != "" && strings.Contains(all, token) {
					t.Errorf("the token is in %s", all)
				}
				if answered := test.state == OK; answered {
					skewed := map[bool]State{false: OK, true: Failed}[test.ahead > 0]
					requireFinding(t, findings, "clock", "Canvas of "+subject, skewed)
				}
				access, err := store.ListAccounts(t.Context())
				if err != nil || access[0].Access != nil && access[0].Access.Failure != nil {
					t.Errorf("the check recorded a failure: %+v, %v", access, err)
				}
			})
		})
	}
}
