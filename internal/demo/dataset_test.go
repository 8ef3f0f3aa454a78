package demo_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/momotor/resultgraph/internal/bundle"
	"github.com/momotor/resultgraph/internal/demo"
)

// dataset is a decoded data set.
type dataset struct {
	files       map[string][]byte
	accounts    []line
	courses     []line
	sections    []line
	users       []line
	enrollments []line
	assignments []line
	results     []line
}

// line has every field of the import format.
type line struct {
	Type          string    `json:"type"`
	CanvasGUID    string    `json:"canvas_guid"`
	BaseURL       string    `json:"base_url"`
	Name          string    `json:"name"`
	ID            int64     `json:"id"`
	Account       string    `json:"account"`
	CanvasID      int64     `json:"canvas_id"`
	Code          string    `json:"code"`
	Active        bool      `json:"active"`
	Valid         bool      `json:"valid"`
	Readonly      bool      `json:"readonly"`
	Course        int64     `json:"course"`
	SortableName  string    `json:"sortable_name"`
	LoginID       *string   `json:"login_id"`
	User          int64     `json:"user"`
	Role          string    `json:"role"`
	Section       int64     `json:"section"`
	Published     bool      `json:"published"`
	Paused        bool      `json:"paused"`
	Recipe        string    `json:"recipe"`
	Config        string    `json:"config"`
	Assignment    int64     `json:"assignment"`
	Attempt       int       `json:"attempt"`
	SubmittedAt   time.Time `json:"submitted_at"`
	IsLate        bool      `json:"is_late"`
	State         string    `json:"state"`
	QueuedAt      time.Time `json:"queued_at"`
	StartedAt     time.Time `json:"started_at"`
	ProcessedAt   time.Time `json:"processed_at"`
	Progress      *float64  `json:"progress"`
	PreviewURL    string    `json:"preview_url"`
	Group         []int64   `json:"group"`
	Product       string    `json:"product"`
	Results       string    `json:"results"`
	Basic         string    `json:"basic"`
	Gone          []string  `json:"gone"`
	Accepted      *bool     `json:"accepted"`
	HasError      *bool     `json:"has_error"`
	Score         *float64  `json:"score"`
	ScoreReviewer *float64  `json:"score_reviewer"`
	Label         string    `json:"label"`
	Summary       string    `json:"summary"`
	Secret        *bool     `json:"secret"`
	Steps         [][]step  `json:"steps"`
}

type step struct {
	ID       string          `json:"id"`
	Accepted bool            `json:"accepted"`
	HasError bool            `json:"has_error"`
	Label    string          `json:"label"`
	Score    *float64        `json:"score"`
	MaxScore *float64        `json:"max_score"`
	Secret   bool            `json:"secret"`
	Hidden   bool            `json:"hidden"`
	Summary  string          `json:"summary"`
	Details  json.RawMessage `json:"details"`
}

// defaultFiles returns the files of the default data set.
var defaultFiles = sync.OnceValue(func() map[string][]byte {
	return maps.Collect(demo.Files(demo.DefaultOptions()))
})

// decode decodes the manifest of a data set and rejects unknown fields.
func decode(t *testing.T, files map[string][]byte) *dataset {
	t.Helper()
	d := &dataset{files: files}
	dec := json.NewDecoder(bytes.NewReader(files[demo.Manifest]))
	dec.DisallowUnknownFields()
	for {
		var l line
		if err := dec.Decode(&l); err == io.EOF {
			return d
		} else if err != nil {
			t.Fatalf("%s: %v", demo.Manifest, err)
		}
		list := d.linesOfType(l.Type)
		if list == nil {
			t.Fatalf("%s: unknown type %q", demo.Manifest, l.Type)
		}
		*list = append(*list, l)
	}
}

func (d *dataset) linesOfType(typ string) *[]line {
	switch typ {
	case "account":
		return &d.accounts
	case "course":
		return &d.courses
	case "section":
		return &d.sections
	case "user":
		return &d.users
	case "enrollment":
		return &d.enrollments
	case "assignment":
		return &d.assignments
	case "result":
		return &d.results
	}
	return nil
}

// open opens a bundle of the data set.
func (d *dataset) open(t *testing.T, path string) *bundle.Bundle {
	t.Helper()
	content := d.files[path]
	b, err := bundle.Open(t.Context(), bytes.NewReader(content), int64(len(content)), bundle.Limits{})
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if !strings.HasSuffix(path, "."+string(b.Format())) {
		t.Errorf("%s is %s inside", path, b.Format())
	}
	return b
}

// xmlText returns the XML of a bundle.
func xmlText(t *testing.T, b *bundle.Bundle) string {
	t.Helper()
	r, _, err := b.Open(b.XMLName())
	if err != nil {
		t.Fatalf("%s: %v", b.XMLName(), err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatalf("%s: %v", b.XMLName(), err)
	}
	return string(text)
}
