package rest

import (
	"net/http"
	"path"
	"strings"
	"unicode"
)

// A description is what OPTIONS tells of a resource, after Django REST framework.
type description struct {
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Renders     []string `json:"renders"`
	Parses      []string `json:"parses"`
	// Actions are the fields that a PUT or POST takes, by the method.
	Actions map[string]map[string]action `json:"actions,omitempty"`
}

// describe replies with the description of a resource.
func (c *call) describe(w http.ResponseWriter, res *resource) error {
	return c.writeValue(w, http.StatusOK, description{
		Name:        res.name(),
		Description: c.operations.comment(res.reads()),
		Renders:     append([]string{"application/json"}, strings.Fields(res.media)...),
		Parses:      []string{"application/json", "application/x-www-form-urlencoded", "multipart/form-data"},
		Actions:     c.operations.actions(res),
	})
}

// reads returns the name of the operation that reads the resource, if there is one.
func (res *resource) reads() string {
	if rt := res.routes[http.MethodGet]; rt != nil {
		return rt.operation
	}
	return ""
}

// name is that of the operation, apart: AccountList is Account List, and AccountDetail,
// as Django REST framework has it, Account Instance. Without one it is the path's last word.
func (res *resource) name() string {
	name := strings.Replace(res.reads(), "Detail", "Instance", 1)
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

// comment returns the comment above an operation: what the documentation says of it.
func (ops operations) comment(name string) string {
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
