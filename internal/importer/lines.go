package importer

import (
	"bufio"
	"bytes"
	"io"
)

// maxLine is how many bytes a line of the manifest may have.
const maxLine = 16 << 20

// A line is a line of the manifest, without its end.
type line struct {
	no   int // from 1
	text []byte
	long bool // it is over maxLine, and text is not there
}

// A lineReader reads the lines of a manifest that are not blank.
type lineReader struct {
	r      *bufio.Reader
	no     int
	joined []byte // the parts of a line
}

func newLineReader(r io.Reader) *lineReader {
	return &lineReader{r: bufio.NewReaderSize(r, 256<<10)}
}

// next returns the next line; its text is valid until the next call. At the end the error
// is io.EOF.
func (lr *lineReader) next() (line, error) {
	for {
		text, long, err := lr.read()
		if err != nil {
			return line{}, err
		}
		lr.no++
		if lr.no == 1 {
			text = bytes.TrimPrefix(text, []byte("\uFEFF")) // Windows editors put one there
		}
		if long {
			return line{no: lr.no, long: true}, nil
		}
		if text = bytes.Trim(text, " \t\r\n"); len(text) > 0 {
			return line{no: lr.no, text: text}, nil
		}
	}
}

// read returns the text up to the next line feed or the end, of a line that is too long
// no more than a part.
func (lr *lineReader) read() (text []byte, long bool, err error) {
	lr.joined = lr.joined[:0]
	for {
		part, err := lr.r.ReadSlice('\n')
		if long = long || len(lr.joined)+len(part) > maxLine; !long {
			lr.joined = append(lr.joined, part...)
		}
		if err == bufio.ErrBufferFull {
			continue
		}
		if err == io.EOF && (long || len(lr.joined) > 0) {
			err = nil // the last line needs no end
		}
		return lr.joined, long, err
	}
}
