package main

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db"
)

// Every kind of job has a row in docs/operations.md. Reviewers see the kinds whose jobs belong to
// a course, and JobKind of the schema has them.
func TestJobKinds(t *testing.T) {
	t.Parallel()
	withoutCourse := []string{"purge", "sync"}
	page, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	schema, err := os.ReadFile("../../schema.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	enum := regexp.MustCompile(`(?s)enum JobKind \{.*?\n\}`).FindString(string(schema))
	for _, kind := range jobKinds() {
		if !strings.Contains(string(page), "| "+kind+" |") {
			t.Errorf("docs/operations.md has no row for the job kind %q", kind)
		}
		if slices.Contains(withoutCourse, kind) {
			continue
		}
		if !strings.Contains(db.CourseJobs.On, "'"+kind+"'") {
			t.Errorf("db.CourseJobs lacks the job kind %q", kind)
		}
		if !slices.Contains(strings.Fields(enum), strings.ToUpper(kind)) {
			t.Errorf("JobKind of the schema lacks the job kind %q", kind)
		}
	}
}
