package demo

import (
	"bytes"
	"encoding/json"
	"time"
)

// The types of lines in the manifest; docs/import.md describes the format.

type accountLine struct {
	Type       string `json:"type"`
	CanvasGUID string `json:"canvas_guid"`
	BaseURL    string `json:"base_url"`
	Name       string `json:"name"`
	ID         int64  `json:"id"`
}

type courseLine struct {
	Type     string `json:"type"`
	Account  string `json:"account"`
	CanvasID int64  `json:"canvas_id"`
	Code     string `json:"code"`
	Name     string `json:"name"`
	Active   bool   `json:"active"`
	Valid    bool   `json:"valid"`
	Readonly bool   `json:"readonly"`
}

type sectionLine struct {
	Type     string `json:"type"`
	Account  string `json:"account"`
	CanvasID int64  `json:"canvas_id"`
	Course   int64  `json:"course"`
	Name     string `json:"name"`
}

type userLine struct {
	Type         string `json:"type"`
	Account      string `json:"account"`
	CanvasID     int64  `json:"canvas_id"`
	Name         string `json:"name"`
	SortableName string `json:"sortable_name"`
	LoginID      string `json:"login_id,omitempty"`
}

type enrollmentLine struct {
	Type    string `json:"type"`
	Account string `json:"account"`
	Course  int64  `json:"course"`
	User    int64  `json:"user"`
	Role    string `json:"role"`
	Section int64  `json:"section,omitempty"`
}

type assignmentLine struct {
	Type      string `json:"type"`
	Account   string `json:"account"`
	Course    int64  `json:"course"`
	CanvasID  int64  `json:"canvas_id"`
	Name      string `json:"name"`
	Active    bool   `json:"active"`
	Published bool   `json:"published"`
	Paused    bool   `json:"paused"`
	Recipe    string `json:"recipe,omitempty"`
	Config    string `json:"config,omitempty"`
}

type resultLine struct {
	Type        string   `json:"type"`
	Account     string   `json:"account"`
	Course      int64    `json:"course"`
	Assignment  int64    `json:"assignment"`
	User        int64    `json:"user"`
	Attempt     int      `json:"attempt"`
	SubmittedAt string   `json:"submitted_at"`
	IsLate      bool     `json:"is_late"`
	State       string   `json:"state"`
	QueuedAt    string   `json:"queued_at,omitempty"`
	StartedAt   string   `json:"started_at,omitempty"`
	ProcessedAt string   `json:"processed_at,omitempty"`
	Progress    *float64 `json:"progress,omitempty"`
	PreviewURL  string   `json:"preview_url"`
	Group       []int64  `json:"group,omitempty"`
	Product     string   `json:"product,omitempty"`
	Results     string   `json:"results,omitempty"`
	Basic       string   `json:"basic,omitempty"`
	Gone        []string `json:"gone,omitempty"`
	*outcomeFields
}

// outcomeFields holds the outcome of a result without results bundles.
type outcomeFields struct {
	Accepted      bool         `json:"accepted"`
	HasError      bool         `json:"has_error"`
	Score         *float64     `json:"score,omitempty"`
	ScoreReviewer *float64     `json:"score_reviewer,omitempty"`
	Label         string       `json:"label"`
	Summary       string       `json:"summary"`
	Secret        bool         `json:"secret"`
	Steps         [][]stepLine `json:"steps"`
}

type stepLine struct {
	ID       string      `json:"id"`
	Accepted bool        `json:"accepted"`
	HasError bool        `json:"has_error"`
	Label    string      `json:"label"`
	Score    *float64    `json:"score,omitempty"`
	MaxScore *float64    `json:"max_score,omitempty"`
	Secret   bool        `json:"secret"`
	Hidden   bool        `json:"hidden"`
	Summary  string      `json:"summary,omitempty"`
	Details  detailsLine `json:"details"`
}

// detailsLine has the fields of the details that bundle.Assess returns.
type detailsLine struct {
	Outcome    string         `json:"outcome"`
	Status     string         `json:"status,omitempty"`
	Reason     string         `json:"reason,omitempty"`
	Report     []string       `json:"report"`
	MaxScore   *float64       `json:"max_score,omitempty"`
	Hidden     bool           `json:"hidden"`
	Warnings   []string       `json:"warnings"`
	Files      []string       `json:"files"`
	Properties map[string]any `json:"properties"`
}

// appendLine appends a line to the manifest.
func appendLine(manifest *bytes.Buffer, line any) {
	e := json.NewEncoder(manifest)
	e.SetEscapeHTML(false)
	if err := e.Encode(line); err != nil {
		panicWriteError(err)
	}
}

// formatTime formats a time in UTC: whole seconds as Canvas does, otherwise
// microseconds.
func formatTime(t time.Time) string {
	if t.Nanosecond() == 0 {
		return t.UTC().Format("2006-01-02T15:04:05Z")
	}
	return t.UTC().Format("2006-01-02T15:04:05.000000Z")
}
