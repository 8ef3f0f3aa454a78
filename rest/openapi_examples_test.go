package rest

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"

	v3 "github.com/pb33f/libopenapi/datamodel/high/v3"
)

// The document has every route once, with a unique operation id, and valid examples.
func TestOpenAPIExamples(t *testing.T) {
	t.Parallel()
	openAPI := newOpenAPIValidator(t)
	ids, examples := map[string]bool{}, 0
	for path, item := range openAPI.model.Paths.PathItems.FromOldest() {
		for method, op := range item.GetOperations().FromOldest() {
			ids[op.OperationId] = true
			for status, response := range op.Responses.Codes.FromOldest() {
				got := exampleOf(t, status, response)
				if got == nil {
					continue
				}
				examples++
				if documented, err := openAPI.check(strings.ToUpper(method), examplePath(path), got); err != nil || !documented {
					t.Errorf("check(example of %s %s %s) = %t, %v, want true, nil", method, path, status, documented, err)
				}
			}
		}
	}
	if len(ids) != len(routes()) {
		t.Errorf("the document has %d unique operation ids, want %d", len(ids), len(routes()))
	}
	t.Logf("%d examples match", examples)
}

// exampleOf returns the example of a documented response, nil without an example.
func exampleOf(t *testing.T, status string, response *v3.Response) *wireResponse {
	t.Helper()
	if response.Content == nil {
		return nil
	}
	media := response.Content.GetOrZero("application/json")
	if media == nil || media.Example == nil {
		return nil
	}
	var value any
	if err := media.Example.Decode(&value); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	code, err := strconv.Atoi(status)
	if err != nil {
		t.Fatal(err)
	}
	return newWireResponse(code, http.Header{"Content-Type": {"application/json"}}, string(text))
}
