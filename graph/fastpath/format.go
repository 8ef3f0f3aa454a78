package fastpath

import (
	"strconv"

	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/graph/scalar"
	"github.com/momotor/resultgraph/internal/rowcodec"
)

// A format is the encoding of an answer.
type format bool

const (
	formatJSON format = false
	// formatRowCodec is the format for callers inside this program; see package rowcodec.
	formatRowCodec format = true
)

func formatOf(rowCodec bool) format { return format(rowCodec) }

// appendStart appends the beginning of an answer.
func (f format) appendStart(b []byte) []byte {
	if f == formatRowCodec {
		return append(b, rowcodec.Magic)
	}
	return b
}

// appendListStart appends the opening delimiter of a list, appendItem the separator before an
// item, and appendListEnd the closing delimiter.
func (f format) appendListStart(b []byte) []byte {
	if f == formatRowCodec {
		return b
	}
	return append(b, '[')
}

func (f format) appendItem(b []byte, first bool) []byte {
	switch {
	case f == formatRowCodec:
		return rowcodec.AppendPresent(b)
	case first:
		return b
	}
	return append(b, ',')
}

func (f format) appendListEnd(b []byte) []byte {
	if f == formatRowCodec {
		return rowcodec.AppendAbsent(b)
	}
	return append(b, ']')
}

// appendPresent appends the marker of a nullable object that is not null. appendAbsent
// appends null in place of the object.
func (f format) appendPresent(b []byte) []byte {
	if f == formatRowCodec {
		return rowcodec.AppendPresent(b)
	}
	return b
}

func (f format) appendAbsent(b []byte) []byte {
	if f == formatRowCodec {
		return rowcodec.AppendAbsent(b)
	}
	return append(b, "null"...)
}

// appendNull appends a null value.
func (f format) appendNull(b []byte) []byte {
	if f == formatRowCodec {
		return rowcodec.AppendNull(b)
	}
	return append(b, "null"...)
}

// appendString appends a string without characters that JSON must escape.
func (f format) appendString(b []byte, s string) []byte {
	if f == formatRowCodec {
		return rowcodec.AppendValue(b, s)
	}
	return append(append(append(b, '"'), s...), '"')
}

func (f format) appendBool(b []byte, v bool) []byte {
	if f == formatRowCodec {
		return rowcodec.AppendValue(b, strconv.FormatBool(v))
	}
	return strconv.AppendBool(b, v)
}

func (f format) appendInt(b []byte, v int64) []byte {
	if f == formatRowCodec {
		return rowcodec.AppendValue(b, strconv.FormatInt(v, 10))
	}
	return strconv.AppendInt(b, v, 10)
}

// appendCell appends a cell as a value of its kind.
func (f format) appendCell(b []byte, kind query.Kind, cell []byte) ([]byte, error) {
	if f == formatJSON {
		return appendJSON(b, kind, cell)
	}
	switch {
	case cell == nil:
		return rowcodec.AppendNull(b), nil
	case kind == query.KindInt, kind == query.KindText, kind == query.KindJSON:
		return rowcodec.AppendValue(b, cell), nil
	}
	var buf [64]byte
	text, err := appendJSON(buf[:0], kind, cell)
	if err != nil {
		return nil, err
	}
	if kind == query.KindTime {
		text = text[1 : len(text)-1] // the quotes
	}
	return rowcodec.AppendValue(b, text), nil
}

// appendEnum appends a cell that holds an enum value or a list of enum values, in the letter
// case that enumCase specifies.
func (f format) appendEnum(b []byte, kind query.Kind, cell []byte, enumCase scalar.EnumCase) ([]byte, error) {
	if cell == nil {
		return f.appendCell(b, kind, nil)
	}
	start := len(b)
	b, err := f.appendCell(b, kind, cell)
	if err != nil {
		return nil, err
	}
	if f == formatRowCodec {
		start = len(b) - len(cell) // the length of the value precedes it
	}
	enumCase.Convert(b[start:])
	return b, nil
}
