package fastpath

import (
	"bytes"
	"strconv"

	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/graph/scalar"
	"github.com/momotor/resultgraph/internal/rowcodec"
)

// A form is how an answer is written.
type form bool

const (
	asJSON form = false
	// asRowCodec is for readers in this program; see package rowcodec.
	asRowCodec form = true
)

// begin appends what an answer begins with.
func (f form) begin(b []byte) []byte {
	if f == asRowCodec {
		return append(b, rowcodec.Magic)
	}
	return b
}

// open appends the beginning of a list, item what goes before an item, and close the end.
func (f form) open(b []byte) []byte {
	if f == asRowCodec {
		return b
	}
	return append(b, '[')
}

func (f form) item(b []byte, first bool) []byte {
	switch {
	case f == asRowCodec:
		return rowcodec.AppendPresent(b)
	case first:
		return b
	}
	return append(b, ',')
}

func (f form) close(b []byte) []byte {
	if f == asRowCodec {
		return rowcodec.AppendAbsent(b)
	}
	return append(b, ']')
}

// there appends what goes before an object that may be missing, and missing what stands
// for one that is.
func (f form) there(b []byte) []byte {
	if f == asRowCodec {
		return rowcodec.AppendPresent(b)
	}
	return b
}

func (f form) missing(b []byte) []byte {
	if f == asRowCodec {
		return rowcodec.AppendAbsent(b)
	}
	return append(b, "null"...)
}

// null appends a missing value.
func (f form) null(b []byte) []byte {
	if f == asRowCodec {
		return rowcodec.AppendNull(b)
	}
	return append(b, "null"...)
}

// word appends a string that needs no escapes.
func (f form) word(b []byte, s string) []byte {
	if f == asRowCodec {
		return rowcodec.AppendValue(b, s)
	}
	return append(append(append(b, '"'), s...), '"')
}

func (f form) bool(b []byte, v bool) []byte {
	if f == asRowCodec {
		return rowcodec.AppendValue(b, strconv.FormatBool(v))
	}
	return strconv.AppendBool(b, v)
}

func (f form) int(b []byte, v int64) []byte {
	if f == asRowCodec {
		return rowcodec.AppendValue(b, strconv.FormatInt(v, 10))
	}
	return strconv.AppendInt(b, v, 10)
}

// cell appends a value of the database.
func (f form) cell(b []byte, kind query.Kind, cell []byte) ([]byte, error) {
	if f == asJSON {
		return appendCell(b, kind, cell)
	}
	switch {
	case cell == nil:
		return rowcodec.AppendNull(b), nil
	case kind == query.KindInt, kind == query.KindText, kind == query.KindJSON:
		return rowcodec.AppendValue(b, cell), nil
	}
	var room [64]byte
	text, err := appendCell(room[:0], kind, cell)
	if err != nil {
		return nil, err
	}
	if kind == query.KindTime {
		text = text[1 : len(text)-1] // the quotes
	}
	return rowcodec.AppendValue(b, text), nil
}

// enum appends an enum value of the database, or a list of them, in a letter case.
func (f form) enum(b []byte, kind query.Kind, cell []byte, letters scalar.EnumCase) ([]byte, error) {
	if cell == nil {
		return f.cell(b, kind, nil)
	}
	if f == asRowCodec {
		cell = bytes.Clone(cell)
		letters.Convert(cell)
		return f.cell(b, kind, cell)
	}
	start := len(b)
	b, err := appendCell(b, kind, cell)
	if err == nil {
		letters.Convert(b[start:])
	}
	return b, err
}
