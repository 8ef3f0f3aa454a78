// Package rowcodec encodes the answer to a GraphQL operation as a sequence of values without
// names, for a reader inside this program that knows the operation and would only parse
// JSON again.
//
// An answer begins with Magic. A value is its length plus one as a varint, followed by its
// text without quotes or escapes; null is a zero. A nullable object and each item of a list
// follow a one; a zero stands for a null object and ends a list. Objects that are never
// null, and the names of fields, take no bytes.
package rowcodec

import (
	"context"
	"encoding/binary"
	"errors"
)

// Magic is the first byte of an encoded answer. JSON never begins with it.
const Magic = 0x02

const (
	absent  = 0
	present = 1
)

type acceptKey struct{}

// WithAccept returns a context that lets its operation be answered in this encoding. The
// answer can still be JSON.
func WithAccept(ctx context.Context) context.Context {
	return context.WithValue(ctx, acceptKey{}, true)
}

// Accepted reports whether an operation may be answered in this encoding.
func Accepted(ctx context.Context) bool { return ctx.Value(acceptKey{}) != nil }

// AppendNull appends a null value.
func AppendNull(b []byte) []byte { return append(b, 0) }

// AppendPresent announces an object that could have been null, or the next item of a list.
func AppendPresent(b []byte) []byte { return append(b, present) }

// AppendAbsent appends a null object, or the end of a list.
func AppendAbsent(b []byte) []byte { return append(b, absent) }

// AppendValue appends a value.
func AppendValue[T ~[]byte | ~string](b []byte, value T) []byte {
	return append(binary.AppendUvarint(b, uint64(len(value))+1), value...)
}

// ErrCorrupt is the error of reading an answer that does not match its operation.
var ErrCorrupt = errors.New("the encoded answer does not match its operation")

// A Reader reads an encoded answer. After the first error it returns nulls and ends.
type Reader struct {
	data []byte
	err  error
}

// NewReader returns a reader of an answer; ok is false when the answer has another encoding.
func NewReader(answer []byte) (r Reader, ok bool) {
	if len(answer) == 0 || answer[0] != Magic {
		return Reader{}, false
	}
	return Reader{data: answer[1:]}, true
}

// Present reads whether an object or another item of a list follows.
func (r *Reader) Present() bool {
	if len(r.data) == 0 || r.data[0] > present {
		r.fail()
		return false
	}
	follows := r.data[0] == present
	r.data = r.data[1:]
	return follows
}

// Value reads a value, nil for null. The value shares the memory of the answer.
func (r *Reader) Value() []byte {
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

// Err returns the first error.
func (r *Reader) Err() error { return r.err }

func (r *Reader) fail() { r.data, r.err = nil, ErrCorrupt }
