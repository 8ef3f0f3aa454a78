package rest

import (
	"net/http"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// An action is what OPTIONS tells of a field, after Django REST framework.
type action struct {
	Type     string `json:"type"`
	Required bool   `json:"required"`
	ReadOnly bool   `json:"read_only"`
	Label    string `json:"label"`
}

// fieldTypes are the names of GraphQL types in Django REST framework.
var fieldTypes = map[string]string{
	"BigInt": "integer", "Boolean": "boolean", "Evaluation": "string", "String": "string", "Upload": "file upload",
}

// actions describes the fields that the resource takes, and beside them those that it only
// answers. A body that is not looked at has none.
func (ops operations) actions(res *resource) map[string]map[string]action {
	all := map[string]map[string]action{}
	for _, method := range []string{http.MethodPut, http.MethodPost} {
		rt := res.routes[method]
		if rt == nil || !rt.takes(fromBody) {
			continue
		}
		all[method] = map[string]action{}
		for _, f := range answered(ops[rt.operation].SelectionSet) {
			all[method][f.Alias] = action{Type: fieldTypes[f.Definition.Type.Name()], ReadOnly: true, Label: label(f.Alias)}
		}
		for _, b := range rt.binds {
			if b.from == fromBody {
				all[method][b.name] = action{Type: fieldTypes[b.kind], Required: b.required, Label: label(b.name)}
			}
		}
	}
	return all
}

// answered are the plain fields of the fragment that a change answers with.
func answered(set ast.SelectionSet) (fields []*ast.Field) {
	for _, sel := range set {
		switch sel := sel.(type) {
		case *ast.Field:
			fields = append(fields, answered(sel.SelectionSet)...)
		case *ast.FragmentSpread:
			for _, s := range sel.Definition.SelectionSet {
				if f, ok := s.(*ast.Field); ok && len(f.SelectionSet) == 0 {
					fields = append(fields, f)
				}
			}
		}
	}
	return fields
}

// label is a name as a form shows it.
func label(name string) string {
	text := strings.ToLower(strings.ReplaceAll(name, "_", " "))
	return strings.ToUpper(text[:1]) + text[1:]
}
