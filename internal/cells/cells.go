// Package cells is a form in which the answer to a GraphQL operation stays inside the
// program: the bare values, one after the other, for a reader who knows the operation and
// would only take JSON apart again.
//
// An answer begins with Mark. A value is its length plus one as a varint and then its
// text, unescaped and without quotes; a null is a zero. An object that may be missing, and
// each item of a list, comes after a one; a zero stands for a missing object, and ends a
// list. Objects that are always there, and names, take no room at all.
package cells

import (
	"context"
	"encoding/binary"
	"errors"
)

// Mark is the first byte of an answer of cells. No JSON begins with it.
const Mark = 0x02

const (
	end  = 0
	more = 1
)

type key struct{}

// Want returns a context whose operation may be answered in cells. JSON remains possible.
func Want(ctx context.Context) context.Context { return context.WithValue(ctx, key{}, true) }

// Wanted tells whether an operation may be answered in cells.
func Wanted(ctx context.Context) bool { return ctx.Value(key{}) != nil }

// AppendNull appends a null.
func AppendNull(b []byte) []byte { return append(b, 0) }

// AppendMore appends that there is an object, or another item.
func AppendMore(b []byte) []byte { return append(b, more) }

// AppendEnd appends that there is no object, or no other item.
func AppendEnd(b []byte) []byte { return append(b, end) }

// Append appends a value.
func Append[T ~[]byte | ~string](b []byte, value T) []byte {
	return append(binary.AppendUvarint(b, uint64(len(value))+1), value...)
}

// ErrBroken is the error of reading what is no answer of cells, or not the one expected.
var ErrBroken = errors.New("an answer of cells is not as its operation is")

// A Reader reads an answer. What comes after the first thing that can not be read reads as
// nothing.
type Reader struct {
	data []byte
	err  error
}

// NewReader returns a reader of an answer; ok is false when that is not one of cells.
func NewReader(answer []byte) (r Reader, ok bool) {
	if len(answer) == 0 || answer[0] != Mark {
		return Reader{}, false
	}
	return Reader{data: answer[1:]}, true
}

// More reads whether there is an object, or another item.
func (r *Reader) More() bool {
	if len(r.data) == 0 || r.data[0] > more {
		r.fail()
		return false
	}
	there := r.data[0] == more
	r.data = r.data[1:]
	return there
}

// Cell reads a value, nil for a null. It is a part of the answer.
func (r *Reader) Cell() []byte {
	n, width := uint64(0), 1
	if len(r.data) > 0 && r.data[0] < 0x80 {
		n = uint64(r.data[0])
	} else if n, width = binary.Uvarint(r.data); width <= 0 {
		r.fail()
		return nil
	}
	if n == 0 {
		r.data = r.data[width:]
		return nil
	}
	if n-1 > uint64(len(r.data)-width) {
		r.fail()
		return nil
	}
	from, to := width, width+int(n-1)
	value := r.data[from:to:to]
	r.data = r.data[to:]
	return value
}

// Err returns what could not be read.
func (r *Reader) Err() error { return r.err }

// Rest is how many bytes are left.
func (r *Reader) Rest() int { return len(r.data) }

func (r *Reader) fail() { r.data, r.err = nil, ErrBroken }
