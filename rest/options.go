package rest

import (
	"net/http"
	"strings"
	"unicode"
)

// A description is what OPTIONS tells of a resource, after Django REST framework.
type description struct {
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Renders     []string `json:"renders"`
	Parses      []string `json:"parses"`
}

// describe replies with the description of a resource: it is named for the operation that
// reads it, and described by the comment on that.
func (c *call) describe(w http.ResponseWriter, res *resource) error {
	d := description{
		Renders: append([]string{"application/json"}, strings.Fields(res.media)...),
		Parses:  []string{"application/json", "application/x-www-form-urlencoded", "multipart/form-data"},
	}
	if rt := res.routes[http.MethodGet]; rt != nil {
		d.Name = words(rt.operation)
		d.Description = c.operations.comment(rt.operation)
	}
	return c.writeValue(w, http.StatusOK, d)
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

// words takes a name apart: AccountList is Account List, and AccountDetail, as Django
// REST framework has it, Account Instance.
func words(name string) string {
	name = strings.Replace(name, "Detail", "Instance", 1)
	var b strings.Builder
	for i, c := range name {
		if i > 0 && unicode.IsUpper(c) {
			b.WriteByte(' ')
		}
		b.WriteRune(c)
	}
	return b.String()
}
