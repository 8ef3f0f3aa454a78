package db_test

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/momotor/resultgraph/db"
)

// hiddenColumns are the columns without a field in the schema, with the reason. A name without a type
// applies to all types.
var hiddenColumns = map[string]string{
	"id":            "part of the global id",
	"account_id":    "the schema has a field for the object",
	"course_id":     "the schema has a field for the object",
	"section_id":    "the schema has a field for the object",
	"assignment_id": "the schema has a field for the object",
	"result_id":     "the schema has a field for the object",
	"user_id":       "the schema has a field for the object",
	"upload_id":     "the schema has a field for the object",

	"Assignment.canvas_published":        "for uploads to Canvas",
	"Assignment.group_category_id":       "for groups from Canvas",
	"Assignment.group_graded_separately": "for groups from Canvas",
	"Bundle.preference":                  "the order of the kinds in Result.bundle",
	"Result.score_reviewer":              "replaces the score for reviewers",
	"ScoreUpload.canvas_progress":        "for uploads to Canvas",
	"ScoreOutcome.public_user_id":        "the order of the outcomes",
	"Result.user_sortable_name":          "an order of results",
	"Result.state_rank":                  "an order of results",
	"User.section_name":                  "an order of people",
	"User.public_id":                     "part of the global id",
	"Step.position":                      "the order of the steps",
	"Step.task":                          "the order of the tasks",
}

// Every column of a type is a field of the schema or is in hiddenColumns. gqlgen binds columns to
// fields by name.
func TestEveryColumnIsAField(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../schema.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	schema := gqlparser.MustLoadSchema(&ast.Source{Name: "schema.graphqls", Input: string(text)})
	used := map[string]bool{}
	for _, row := range []any{
		db.Account{}, db.Course{}, db.Section{}, db.Assignment{}, db.Result{}, db.Step{}, db.User{}, db.Bundle{},
		db.ScoreUpload{}, db.ScoreOutcome{}, db.Job{},
	} {
		typeName := reflect.TypeOf(row).Name()
		for column, goField := range columnsOf(reflect.TypeOf(row)) {
			isField := false
			for _, f := range schema.Types[typeName].Fields {
				isField = isField || strings.EqualFold(f.Name, goField.Name)
			}
			_, hidden := hiddenColumns[column]
			_, hiddenInType := hiddenColumns[typeName+"."+column]
			used[column], used[typeName+"."+column] = used[column] || !isField, !isField
			switch {
			case !isField && !hidden && !hiddenInType:
				t.Errorf("type %s of the schema has no field %s for column %s: add it to schema.graphqls, or name the column in hiddenColumns with the reason", typeName, goField.Name, column)
			case isField && hiddenInType:
				t.Errorf("column %s.%s is a field of the schema: remove it from hiddenColumns", typeName, column)
			}
		}
	}
	for name := range hiddenColumns {
		if !used[name] {
			t.Errorf("no hidden column is named %s: remove it from hiddenColumns", name)
		}
	}
}
