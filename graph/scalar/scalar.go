// Package scalar writes and reads the scalars of the schema that are not GraphQL's own.
// Each has an Append function as well, for writers that need no reflection.
package scalar

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/jsondepth"
	"github.com/momotor/resultgraph/internal/jsonfloat"
)

// MarshalFloat writes a Float; what JSON has no number for is an error.
func MarshalFloat(f float64) graphql.ContextMarshaler {
	return graphql.ContextWriterFunc(func(_ context.Context, w io.Writer) error {
		if math.IsInf(f, 0) || math.IsNaN(f) {
			return fmt.Errorf("cannot write %v as a Float", f)
		}
		_, err := w.Write(jsonfloat.Append(make([]byte, 0, 24), f))
		return err
	})
}

// UnmarshalFloat reads a Float.
func UnmarshalFloat(ctx context.Context, v any) (float64, error) {
	f, err := graphql.UnmarshalFloatContext(ctx, v)
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
		return 0, fault.New(fault.BadInput, "A Float must be a number that 64 bits can hold.")
	}
	return f, nil
}

// MarshalBigInt writes a BigInt.
func MarshalBigInt(n int64) graphql.Marshaler { return graphql.MarshalInt64(n) }

// UnmarshalBigInt reads a BigInt: a number, or a string of one from clients that have no
// numbers of 64 bits.
func UnmarshalBigInt(v any) (int64, error) {
	n, err := graphql.UnmarshalInt64(v)
	if err != nil {
		return 0, fault.New(fault.BadInput, "A BigInt must be a whole number of at most 64 bits.")
	}
	return n, nil
}

// MarshalInt writes an Int.
func MarshalInt(n int) graphql.Marshaler { return graphql.MarshalInt(n) }

// UnmarshalInt reads an Int. It accepts 64 bits, so that a number that nothing has is not an error.
func UnmarshalInt(v any) (int, error) {
	n, err := graphql.UnmarshalInt(v)
	if err != nil {
		return 0, fault.New(fault.BadInput, "An Int must be a whole number.")
	}
	return n, nil
}

// MarshalUpload writes an Upload, which no response contains.
func MarshalUpload(f graphql.Upload) graphql.Marshaler { return graphql.MarshalUpload(f) }

// UnmarshalUpload reads an Upload: a file of the request.
func UnmarshalUpload(v any) (graphql.Upload, error) {
	f, ok := v.(graphql.Upload)
	if !ok {
		return f, fault.New(fault.BadInput, "An Upload must be a file of a multipart request: leave the variable null and name it in “map”.")
	}
	return f, nil
}

// AppendDateTime appends t in UTC after RFC 3339, with six digits of a second or none.
func AppendDateTime(b []byte, t time.Time) []byte {
	t = t.UTC()
	b = append(b, '"')
	if t.Nanosecond()/1000 == 0 {
		b = t.AppendFormat(b, "2006-01-02T15:04:05Z")
	} else {
		b = t.AppendFormat(b, "2006-01-02T15:04:05.000000Z")
	}
	return append(b, '"')
}

// MarshalDateTime writes a DateTime.
func MarshalDateTime(t time.Time) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) { w.Write(AppendDateTime(make([]byte, 0, 30), t)) })
}

// UnmarshalDateTime reads a DateTime with any offset. In UTC its year must be from 1 to 9998, which
// both databases can compare.
func UnmarshalDateTime(v any) (time.Time, error) {
	s, _ := v.(string)
	t, err := time.Parse(time.RFC3339Nano, s)
	if t = t.UTC(); err != nil || t.Year() < 1 || t.Year() > 9998 {
		return time.Time{}, fault.New(fault.BadInput, `A DateTime must look like "2024-07-01T10:00:00Z", with a year from 1 to 9998 in UTC.`)
	}
	return t, nil
}

// MarshalJSON writes a JSON value as it was stored.
func MarshalJSON(v json.RawMessage) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) {
		if len(v) == 0 {
			v = json.RawMessage("null")
		}
		w.Write(v)
	})
}

// UnmarshalJSON reads any JSON value of at most jsondepth.Max levels, and returns it without spaces, with
// the members of objects in the order of their names.
func UnmarshalJSON(v any) (json.RawMessage, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fault.New(fault.BadInput, "The value is not valid JSON.")
	}
	if jsondepth.Exceeds(b.Bytes()) {
		return nil, fault.New(fault.BadInput, fmt.Sprintf("A JSON value may nest at most %d levels deep.", jsondepth.Max))
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
