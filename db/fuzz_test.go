package db_test

import (
	"testing"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/query"
)

// The String method returns the text from which ParseNodeID parsed an id.
func FuzzNodeID(f *testing.F) {
	f.Add(db.NodeID{Type: "Step", Key: query.Key{1, 2, 3, 4}}.String())
	f.Add("QWNjb3VudDox")
	f.Add("Uw")
	f.Fuzz(func(t *testing.T, text string) {
		if id, ok := db.ParseNodeID(text); ok && id.String() != text {
			t.Errorf("ParseNodeID(%q) = %v, whose String is %q", text, id, id.String())
		}
	})
}

// CheckCursors rejects every cursor with which the statement of a list fails.
func FuzzCursor(f *testing.F) {
	s := dbtest.NewSQLite(f)
	fx := dbtest.NewFixture(f, s)
	fx.UpsertResults(f, s, dbtest.Result(fx.PublishedAssignment, fx.Anna, 1), dbtest.Result(fx.PublishedAssignment, fx.Anna, 2))
	for _, c := range []string{"WyJzY29yZSIsNS41LDdd", "WyJzY29yZSIsbnVsbCw3XQ", "W10", "eA", "WyJzY29yZSIsMWU5OTksN10"} {
		f.Add(c)
	}
	f.Fuzz(func(t *testing.T, cursor string) {
		one := 1
		p := query.Params{Order: query.Order{Column: "score"}, Page: &query.Page{First: &one, After: cursor}}
		if query.CheckCursors[db.Result](s.DB(), p.Page, p.Order) != nil {
			return
		}
		if _, err := db.CourseResults.Load(t.Context(), s.DB(), fx.Reviewer(), []query.Key{{fx.Course.MomotorID}}, p); err != nil {
			t.Errorf("Load after %q: %v", cursor, err)
		}
	})
}
