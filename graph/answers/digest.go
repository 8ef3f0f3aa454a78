package answers

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"

	"github.com/99designs/gqlgen/graphql"

	"github.com/momotor/resultgraph/internal/access"
)

// A digest is a hash of everything that an answer depends on, except for the versions of the data.
type digest [sha256.Size]byte

// digest hashes the program, the base of the URLs, the document, the operation, the variables, and the
// caller with all rights.
func (s *Schema) digest(ctx context.Context, op *graphql.OperationContext, caller *access.Principal) digest {
	h := hashInput(make([]byte, 0, 1024))
	h.text(s.conf.Program)
	h.text(s.conf.Base(ctx))
	h.text(op.OperationName)
	trusted := s.conf.Trusted(ctx)
	h.flag(trusted)
	if !trusted { // otherwise the program has the document
		h.text(op.RawQuery)
	}
	h.variables(op.Variables)
	h.caller(caller)
	return sha256.Sum256(h)
}

// tagHash returns the part of a tag that does not depend on the data: a hash of the digest and of the form of
// the answer.
func (x *exchange) tagHash() (h tagHash) {
	sum := sha256.Sum256(append(x.digest[:], x.condition.Representation...))
	copy(h[:], sum[:])
	return h
}

// A hashInput is a sequence of values that has only one meaning, because each text has its length.
type hashInput []byte

func (h *hashInput) number(n int64) { *h = binary.AppendVarint(*h, n) }

func (h *hashInput) flag(on bool) {
	if on {
		h.number(1)
	} else {
		h.number(0)
	}
}

func (h *hashInput) text(s string) {
	h.number(int64(len(s)))
	*h = append(*h, s...)
}

// variables appends variables, whose JSON is sorted by their names.
func (h *hashInput) variables(v map[string]any) {
	if len(v) == 0 {
		h.text("")
		return
	}
	text, err := json.Marshal(v)
	if err != nil { // variables come from JSON, or from the path of a route
		panic(err)
	}
	h.text(string(text))
}

// caller appends all fields of a principal: what the caller may see, and what the field viewer says.
func (h *hashInput) caller(p *access.Principal) {
	h.number(int64(p.Kind))
	h.number(p.KeyID)
	h.number(p.UserID)
	h.text(p.Name)
	h.text(p.Prefix)
	h.text(p.Note)
	h.flag(p.ReadOnly)
	h.number(int64(p.MinGroup))
	h.flag(p.Pseudonymous)
	h.flag(p.Expires != nil)
	if p.Expires != nil {
		h.number(p.Expires.UnixMicro())
	}
	h.number(int64(len(p.Grants)))
	for _, g := range p.Grants {
		h.number(g.CourseID)
		h.number(int64(g.Roles))
	}
}
