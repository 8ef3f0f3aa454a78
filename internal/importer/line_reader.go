package importer

import (
	"bufio"
	"bytes"
	"io"
)

// The maximum lengths of a line of a manifest. A line of an export can have the steps of a results bundle
// whose XML is as large as its limit allows, with escapes.
const (
	maxLineBytes       = 16 << 20
	maxExportLineBytes = 256 << 20
)

// A line is a line of the manifest, without its line end.
type line struct {
	number  int // from 1
	text    []byte
	tooLong bool // it is longer than the maximum, and text is nil
}

// A lineReader reads the lines of a manifest and skips blank ones.
type lineReader struct {
	r        *bufio.Reader
	maxBytes int // of a line
	number   int
	buf      []byte // the current line
}

func newLineReader(r io.Reader, maxBytes int) *lineReader {
	return &lineReader{r: bufio.NewReaderSize(r, 256<<10), maxBytes: maxBytes}
}

// next returns the next line, whose text is valid until the next call, or io.EOF.
func (lr *lineReader) next() (line, error) {
	for {
		text, long, err := lr.readLine()
		if err != nil {
			return line{}, err
		}
		lr.number++
		if lr.number == 1 {
			text = bytes.TrimPrefix(text, []byte("\uFEFF")) // Windows editors add a byte order mark
		}
		if long {
			return line{number: lr.number, tooLong: true}, nil
		}
		if text = bytes.Trim(text, " \t\r\n"); len(text) > 0 {
			return line{number: lr.number, text: text}, nil
		}
	}
}

// readLine returns the text up to the next line feed or the end. It returns only a part of
// a line that is too long.
func (lr *lineReader) readLine() (text []byte, long bool, err error) {
	lr.buf = lr.buf[:0]
	for {
		part, err := lr.r.ReadSlice('\n')
		if long = long || len(lr.buf)+len(part) > lr.maxBytes; !long {
			lr.buf = append(lr.buf, part...)
		}
		if err == bufio.ErrBufferFull {
			continue
		}
		if err == io.EOF && (long || len(lr.buf) > 0) {
			err = nil // the last line needs no line feed
		}
		return lr.buf, long, err
	}
}
