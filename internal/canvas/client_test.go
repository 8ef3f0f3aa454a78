package canvas_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/momotor/resultgraph/internal/canvas"
	"github.com/momotor/resultgraph/internal/canvas/canvastest"
)

// A fixture is a Canvas with one course of five students in two sections, and a client.
type fixture struct {
	*canvastest.Server
	*canvas.Client
	clock      *canvastest.Clock
	tokens     *renewingTokens
	course     canvas.ID
	sections   [2]canvas.ID
	students   []canvas.ID // the first three are in the first section
	assignment canvas.ID
}

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func newFixture(t *testing.T, options ...canvastest.Option) *fixture {
	t.Helper()
	sc := &fixture{clock: canvastest.NewClock(noon)}
	sc.Server = canvastest.New(t, append([]canvastest.Option{canvastest.WithClock(sc.clock.Now)}, options...)...)
	sc.tokens = &renewingTokens{fake: sc.Server, now: sc.clock.Now, access: sc.Token()}
	sc.Client = sc.client(t)
	course := sc.AddCourse(canvastest.Course{Name: "Programming", Code: "2IP90"})
	sc.course = canvas.ID(course)
	for i := range sc.sections {
		section := sc.AddSection(course, canvastest.Section{Name: fmt.Sprintf("Section %d", i+1)})
		sc.sections[i] = canvas.ID(section)
		for n := range 3 - i {
			u := sc.AddStudent(section, canvastest.User{Name: fmt.Sprintf("Student %d.%d", i+1, n+1)})
			sc.students = append(sc.students, canvas.ID(u))
		}
	}
	sc.assignment = sc.add(canvastest.Assignment{Name: "Sorting", Points: 10, Due: noon.Add(time.Hour)})
	return sc
}

func (sc *fixture) add(a canvastest.Assignment) canvas.ID {
	return canvas.ID(sc.AddAssignment(int64(sc.course), a))
}

// client returns another client of the fixture, with the options.
func (sc *fixture) client(t *testing.T, options ...canvas.Option) *canvas.Client {
	t.Helper()
	base, err := url.Parse(sc.URL)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return canvas.New(base, sc.tokens, append([]canvas.Option{
		canvas.WithTransport(transport), canvas.WithClock(sc.clock.Now, sc.clock.Sleep),
	}, options...)...)
}

// renewingTokens stores and renews a token as a server does.
type renewingTokens struct {
	fake    *canvastest.Server
	now     func() time.Time
	access  string
	renewed int
}

func (r *renewingTokens) Token(context.Context) (string, error) { return r.access, nil }

func (r *renewingTokens) Renew(ctx context.Context, _ string) (string, error) {
	base, err := url.Parse(r.fake.URL)
	if err != nil {
		return "", err
	}
	r.renewed++
	g, err := canvas.Refresh(ctx, http.DefaultClient, base, r.fake.ClientID, r.fake.ClientSecret, r.fake.RefreshToken, r.now)
	if err == nil {
		r.access = g.AccessToken
	}
	return g.AccessToken, err
}

// wantKind fails the test unless err is an *Error of the kind.
func wantKind(t *testing.T, call string, err, kind error) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Errorf("%s = %v, want %v", call, err, kind)
	}
	if _, ok := errors.AsType[*canvas.Error](err); !ok {
		t.Errorf("%s = %T, want an *Error", call, err)
	}
}
