package states_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/canvas"
	"github.com/momotor/resultgraph/internal/canvas/accounts"
	"github.com/momotor/resultgraph/internal/canvas/canvastest"
	"github.com/momotor/resultgraph/internal/canvas/states"
)

// fakeClients has the client of all accounts, nil if none is configured.
type fakeClients struct {
	client   *canvas.Client
	contacts []error
}

func (f *fakeClients) Client(context.Context, int64) (*canvas.Client, error) {
	if f.client == nil {
		return nil, accounts.ErrNotConfigured
	}
	return f.client, nil
}

func (f *fakeClients) RecordAvailability(_ context.Context, _ int64, err error) error {
	f.contacts = append(f.contacts, err)
	return nil
}

// A fixture is a person in a course of a fake Canvas and of a store.
type fixture struct {
	*canvastest.Server
	clock        *canvastest.Clock
	clients      *fakeClients
	reader       *states.Reader
	account      int64
	member       db.MemberKey
	course, user int64 // in Canvas
}

func newFixture(t *testing.T, s *db.Store) *fixture {
	t.Helper()
	fx := &fixture{clock: canvastest.NewClock(dbtest.Noon)}
	fx.Server = canvastest.New(t, canvastest.WithClock(fx.clock.Now), canvastest.WithPageSize(2))
	fx.course = fx.AddCourse(canvastest.Course{ID: 1001, Name: "Programming", Code: "2IP90"})
	for _, name := range []string{"A", "B", "C"} {
		fx.AddSection(fx.course, canvastest.Section{Name: name})
	}
	section := fx.AddSection(fx.course, canvastest.Section{ID: 77, Name: "D"})
	fx.user = fx.AddUser(canvastest.User{ID: 1, Name: "Anna", Sortable: "Anna", Login: "anna"})
	fx.EnrollAs(fx.user, section, canvastest.TA)
	data := dbtest.NewFixture(t, s)
	fx.account, fx.member = data.Account.MomotorID, db.MemberKey{CourseID: data.Course.MomotorID, UserID: data.Anna.MomotorID}
	base, err := url.Parse(fx.URL)
	if err != nil {
		t.Fatal(err)
	}
	waits := canvastest.NewClock(dbtest.Noon) // the time that the client waits is not that of the reader
	fx.clients = &fakeClients{client: canvas.New(base, canvastest.FixedToken(fx.Token()), canvas.WithClock(waits.Now, waits.Sleep))}
	fx.reader = &states.Reader{Store: s, Clients: fx.clients, Now: fx.clock.Now, Log: slog.New(slog.DiscardHandler)}
	return fx
}

// read returns the state with its age in seconds, -1 if unknown, and the failure.
func (fx *fixture) read(t *testing.T) (state string, age int, failure string) {
	t.Helper()
	s, err := fx.reader.State(t.Context(), fx.account, fx.member)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	age = -1
	if s.Age != nil {
		age = *s.Age
	}
	if s.Failure != nil {
		failure = *s.Failure
	}
	return string(text), age, failure
}

const (
	fromCanvas = `{"course":{"canvas_id":1001,"code":"2IP90","name":"Programming","workflow_state":"available"},` +
		`"person":{"canvas_id":1,"name":"Anna","sortable_name":"Anna","login_id":"anna"},` +
		`"enrollments":[{"type":"TaEnrollment","state":"active","section_canvas_id":77}],"sections":[{"canvas_id":77,"name":"D"}]}`
	fromStore = `{"course":{"canvas_id":1001,"code":"C1","name":"One","workflow_state":null},` +
		`"person":{"canvas_id":1,"name":"Anna","sortable_name":"Anna","login_id":null},` +
		`"enrollments":[{"type":"StudentEnrollment","state":null,"section_canvas_id":11}],"sections":[{"canvas_id":11,"name":"Section"}]}`
)

// A state is that of Canvas and is kept for a minute. While Canvas does not answer, the state is the last
// known one with its age, and Canvas is asked once a minute.
func TestState(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := newFixture(t, s)
		check := func(what, wantState string, wantAge int, wantFailure string) {
			t.Helper()
			if state, age, failure := fx.read(t); state != wantState || age != wantAge || failure != wantFailure {
				t.Errorf("%s: %s of age %d, failure %q\nwant %s of age %d, failure %q", what, state, age, failure, wantState, wantAge, wantFailure)
			}
		}
		requests := func() int { return len(fx.Requests("/api/v1/")) }

		const noAnswer = "Canvas does not answer: try again later."
		fx.InjectFault(canvastest.Match{Times: -1}, canvastest.Fault{Kind: canvastest.BadGateway})
		check("before the first answer", fromStore, -1, noAnswer)
		n := requests()
		check("again", fromStore, -1, noAnswer)
		if requests() != n {
			t.Error("Canvas was asked again within a minute of a failure")
		}
		fx.ClearFaults()
		fx.clock.Advance(2 * time.Minute)
		check("first answer", fromCanvas, 0, "")
		n = requests()
		fx.clock.Advance(time.Minute)
		check("after a minute", fromCanvas, 60, "")
		if requests() != n {
			t.Error("Canvas was asked again within a minute")
		}
		fx.clock.Advance(time.Second)
		check("after more than a minute", fromCanvas, 0, "")

		fx.InjectFault(canvastest.Match{Times: -1}, canvastest.Fault{Kind: canvastest.BadGateway})
		fx.clock.Advance(time.Hour)
		check("while Canvas is down", fromCanvas, 3600, noAnswer)
		if err := fx.clients.contacts[len(fx.clients.contacts)-1]; err == nil {
			t.Error("the failure is not recorded for the account")
		}
		fx.clients.client = nil
		fx.clock.Advance(time.Hour)
		_, _, failure := fx.read(t)
		if want := "The Canvas of this account is not configured: ask an administrator to set a token."; failure != want {
			t.Errorf("without a token the failure is %q, want %q", failure, want)
		}
	})
}

// A person or a course that Canvas does not have is no failure.
func TestStateOfFormerMember(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, dbtest.NewSQLite(t))
	fx.DeleteCourse(fx.course)
	const want = `{"course":null,"person":null,"enrollments":[],"sections":[]}`
	if state, age, failure := fx.read(t); state != want || age != 0 || failure != "" {
		t.Errorf("state of a deleted course = %s of age %d, failure %q, want %s", state, age, failure, want)
	}
}

// Readers at the same time can share a request to Canvas, and get a state of their own each.
func TestStatesAreNotShared(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := newFixture(t, s)
		var mu sync.Mutex
		var wg sync.WaitGroup
		found := map[*db.CanvasState]bool{}
		for range 8 {
			wg.Go(func() {
				state, err := fx.reader.State(t.Context(), fx.account, fx.member)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				found[state] = true
			})
		}
		wg.Wait()
		if len(found) != 8 {
			t.Errorf("8 readers got %d states, want one each", len(found))
		}
	})
}
