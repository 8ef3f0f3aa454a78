package main

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/session"
)

// sendAs sends a request of a browser on this computer with cookies, and with an entity tag unless it is "".
func (s *peopleServer) sendAs(newRequest func() *http.Request, cookies []*http.Cookie, tag string) *httptest.ResponseRecorder {
	r := newRequest()
	r.Host, r.RemoteAddr = "localhost:8080", "127.0.0.1:1"
	r.Header.Set("X-Request-Id", "same")
	if tag != "" {
		r.Header.Set("If-None-Match", tag)
	}
	for _, c := range cookies {
		r.AddCookie(c)
		if c.Name == session.CSRFCookie {
			r.Header.Set(session.CSRFHeader, c.Value)
		}
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w
}

// sessionRequests returns keyedRequests, and requests about rows of the fixture whose responses are stored in
// memory or confirmed with 304.
func (s *peopleServer) sessionRequests(t *testing.T) map[string]func() *http.Request {
	t.Helper()
	all := keyedRequests(t, s.handler)
	course := fmt.Sprintf("/lti/api/account/%d/course/%d/", s.Account.MomotorID, s.Course.CanvasID)
	assignment := fmt.Sprintf("%sassignment/%d/", course, s.PublishedAssignment.CanvasID)
	for _, path := range []string{course, course + "assignment/", assignment, assignment + "result/", course + "user/"} {
		all["existing "+path] = func() *http.Request { return httptest.NewRequest("GET", path, http.NoBody) }
	}
	all["query by GET"] = func() *http.Request { return httptest.NewRequest("GET", readName, http.NoBody) }
	all["query of results"] = func() *http.Request {
		return httptest.NewRequest("GET", "/graphql?query={accounts{nodes{courses{nodes{results{nodes{score}}}}}}}", http.NoBody)
	}
	return all
}

// A session that was valid at the previous request is rejected like one that never existed as soon as another
// instance revokes it, or it has expired or was idle for too long, whatever it requests: also what is answered
// from memory, and what its browser has already and the server would confirm.
func TestRevokedSessionIsRejectedAtOnce(t *testing.T) {
	t.Parallel()
	dbtest.EachLocation(t, func(t *testing.T, location string) {
		s := newPeopleServer(t, dbtest.Open(t, location))
		other := dbtest.Open(t, location)
		teacher := fmt.Sprintf(" WHERE user_id = %d", s.Teacher.MomotorID)
		ends := []func() error{
			func() error { _, err := other.RevokeSessionsOfUser(t.Context(), s.Teacher.MomotorID); return err },
			func() error {
				return execute(t, other, "UPDATE session SET expires_at = '2020-01-01 00:00:00+00:00'"+teacher)
			},
			func() error {
				return execute(t, other, "UPDATE session SET last_used_at = '2020-01-01 00:00:00+00:00'"+teacher)
			},
		}
		never := []*http.Cookie{{Name: "resultgraph_session", Value: strings.Repeat("a", 43)}, {Name: session.CSRFCookie, Value: "token"}}
		requests := s.sessionRequests(t)
		accepted, confirmed := 0, 0
		for i, name := range slices.Sorted(maps.Keys(requests)) {
			newRequest := requests[name]
			rejected := s.sendAs(newRequest, never, "")
			cookies := s.signIn(t, db.RoleTeacher)
			first := s.sendAs(newRequest, cookies, "")
			tag := first.Header().Get("ETag")
			second := s.sendAs(newRequest, cookies, tag)
			if first.Code == http.StatusOK {
				accepted++
			}
			if second.Code == http.StatusNotModified {
				confirmed++
			}
			if isSame(first, rejected) && first.Code != http.StatusNotFound {
				t.Errorf("%s with a valid session = %d %s", name, first.Code, first.Body)
			}
			if err := ends[i%len(ends)](); err != nil {
				t.Fatal(err)
			}
			for _, tag := range []string{"", tag} {
				if w := s.sendAs(newRequest, cookies, tag); !isSame(w, rejected) {
					t.Errorf("%s with the tag %q after end %d = %d %v %s, want %d %v %s", name, tag, i%len(ends), w.Code, w.Header(), w.Body, rejected.Code, rejected.Header(), rejected.Body)
				}
			}
		}
		if accepted < 20 || confirmed < 5 {
			t.Errorf("only %d requests are accepted with a valid session, and %d confirmed with 304", accepted, confirmed)
		}
	})
}

func execute(t *testing.T, store *db.Store, statement string) error {
	t.Helper()
	_, err := store.SQL().ExecContext(t.Context(), statement)
	return err
}
