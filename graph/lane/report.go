package lane

import (
	"errors"
	"fmt"
	"net/http"
)

// Header tells whoever looks for it how an operation was answered.
const Header = "X-Resultgraph-Lane"

// A Report tells how an operation was answered.
type Report struct {
	// Left is why it was left to the resolvers, nil if it was not.
	Left error
	// Broken is what went wrong after the answer had begun.
	Broken error
	// Statements is how many statements the lane asked of the database.
	Statements int
	// Stream, if there is one, begins a large answer: the data are written to what it
	// returns, and the response has none.
	Stream func() Sink

	fast bool
	sink Sink
}

// A Sink takes the data of an answer as they come.
type Sink interface {
	Write(data []byte) (int, error)
}

// Begun tells that a part of the answer is on its way, so that no error can be told.
func (r *Report) Begun() bool { return r.sink != nil }

// Describe says how the operation was answered, where the lane had a say in it. The words
// are about the schema and the lane, never about data.
func (r *Report) Describe(h http.Header) {
	var unknown *unknownError
	var refused *refusedError
	switch {
	case errors.As(r.Left, &unknown):
		h.Set(Header, "resolvers; it does not know "+unknown.what)
	case errors.As(r.Left, &refused):
		h.Set(Header, "resolvers; an argument is refused")
	case r.Left != nil:
		h.Set(Header, "resolvers; it met an error")
	case r.fast:
		h.Set(Header, fmt.Sprintf("fast; statements=%d", r.Statements))
	}
}

// Fast tells that the lane answered.
func (r *Report) Fast() bool { return r.fast }

// Reason says in one word why the operation was left to the resolvers: unknown, argument
// or error. It is "" if it was not.
func (r *Report) Reason() string {
	var unknown *unknownError
	var refused *refusedError
	switch {
	case r.Left == nil:
		return ""
	case errors.As(r.Left, &unknown):
		return "unknown"
	case errors.As(r.Left, &refused):
		return "argument"
	}
	return "error"
}

func (r *Report) left(err error) { r.fast, r.Left = false, err }
