package rest

import (
	"net/http"
	"path"
	"strings"
	"unicode"

	"github.com/vektah/gqlparser/v2/ast"
)

// A resourceDescription is the response to OPTIONS, in the form of Django REST framework.
type resourceDescription struct {
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Renders     []string `json:"renders"`
	Parses      []string `json:"parses"`
	// Actions are the fields of the body of PUT and POST, by method.
	Actions map[string]map[string]fieldDescription `json:"actions,omitempty"`
}

// writeDescription writes the description of a resource.
func (ar *apiRequest) writeDescription(w http.ResponseWriter, res *resource) error {
	return ar.writeJSONValue(w, http.StatusOK, resourceDescription{
		Name:        res.displayName(),
		Description: ar.operations.description(res.readOperation()),
		Renders:     append([]string{"application/json"}, strings.Fields(res.extraTypes)...),
		Parses:      []string{"application/json", "application/x-www-form-urlencoded", "multipart/form-data"},
		Actions:     ar.operations.describeFields(res),
	})
}

// readOperation returns the name of the operation behind GET, "" without one.
func (res *resource) readOperation() string {
	if rt := res.routes[http.MethodGet]; rt != nil {
		return rt.operation
	}
	return ""
}

// displayName returns the operation's name as words: Account List for AccountList, and Account
// Instance for AccountDetail, as in Django REST framework. Without an operation it returns
// the last word of the path.
func (res *resource) displayName() string {
	name := strings.Replace(res.readOperation(), "Detail", "Instance", 1)
	if name == "" {
		last := path.Base(res.path)
		return strings.ToUpper(last[:1]) + last[1:]
	}
	var b strings.Builder
	for i, c := range name {
		if i > 0 && unicode.IsUpper(c) {
			b.WriteByte(' ')
		}
		b.WriteRune(c)
	}
	return b.String()
}

// description returns the comment above an operation, which is its documented summary.
func (ops operations) description(name string) string {
	op := ops[name]
	if op == nil || op.Comment == nil {
		return ""
	}
	var lines []string
	for _, line := range op.Comment.List {
		lines = append(lines, strings.TrimSpace(line.Text()))
	}
	return strings.Join(lines, " ")
}

// A fieldDescription describes a field in the response to OPTIONS.
type fieldDescription struct {
	Type     string `json:"type"`
	Required bool   `json:"required"`
	ReadOnly bool   `json:"read_only"`
	Label    string `json:"label"`
}

// drfTypes are the names that Django REST framework has for GraphQL types.
var drfTypes = map[string]string{
	"BigInt": "integer", "Boolean": "boolean", "Evaluation": "string", "String": "string", "Upload": "file upload",
}

// describeFields describes the fields of request bodies and the read-only fields of their
// responses, by method. It omits methods that ignore the body.
func (ops operations) describeFields(res *resource) map[string]map[string]fieldDescription {
	all := map[string]map[string]fieldDescription{}
	for _, method := range []string{http.MethodPut, http.MethodPost} {
		rt := res.routes[method]
		if rt == nil || !rt.hasSource(fromBody) {
			continue
		}
		all[method] = map[string]fieldDescription{}
		for _, f := range responseFields(ops[rt.operation].SelectionSet) {
			all[method][f.Alias] = fieldDescription{Type: drfTypes[f.Definition.Type.Name()], ReadOnly: true, Label: fieldLabel(f.Alias)}
		}
		for _, b := range rt.bindings {
			if b.source == fromBody {
				all[method][b.name] = fieldDescription{Type: drfTypes[b.typeName], Required: b.required, Label: fieldLabel(b.name)}
			}
		}
	}
	return all
}

// responseFields returns the scalar fields of the fragment in the response to a change.
func responseFields(set ast.SelectionSet) (fields []*ast.Field) {
	for _, sel := range set {
		switch sel := sel.(type) {
		case *ast.Field:
			fields = append(fields, responseFields(sel.SelectionSet)...)
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

// fieldLabel returns the label of a field in a form.
func fieldLabel(name string) string {
	text := strings.ToLower(strings.ReplaceAll(name, "_", " "))
	return strings.ToUpper(text[:1]) + text[1:]
}
