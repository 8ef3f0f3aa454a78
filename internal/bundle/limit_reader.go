package bundle

import (
	"errors"
	"io"
)

var (
	errXMLTooLarge       = errors.New("the XML is over its size limit")
	errTooManyAttributes = errors.New("an element has too many attributes")
)

// limitReader feeds an XML decoder and fails when the XML has too many bytes
// or a tag has too many attributes. encoding/xml collects all attributes of a
// tag before it returns the tag, so a limit on tokens would come too late.
type limitReader struct {
	r             io.Reader
	remaining     int64 // bytes that may still be read
	buf           []byte
	start, end    int // buf[start:end] is unread
	tags          tagScanner
	attributes    int // of the current tag
	maxAttributes int // of one tag
}

func newLimitReader(r io.Reader, limits Limits) *limitReader {
	return &limitReader{r: r, remaining: limits.XMLBytes, maxAttributes: limits.Attributes, buf: make([]byte, 4096)}
}

// ReadByte implements io.ByteReader, so that encoding/xml adds no buffer.
func (l *limitReader) ReadByte() (byte, error) {
	if l.start == l.end {
		if err := l.fill(); err != nil {
			return 0, err
		}
	}
	c := l.buf[l.start]
	l.start++
	if l.tags.state == inText && c != '<' {
		return c, nil // shortcut for most bytes
	}
	if l.tags.next(c) {
		if l.attributes++; l.attributes > l.maxAttributes {
			return 0, errTooManyAttributes
		}
	} else if c == '<' {
		l.attributes = 0
	}
	return c, nil
}

// Read implements io.Reader, which xml.NewDecoder requires.
func (l *limitReader) Read(p []byte) (int, error) {
	for i := range p {
		c, err := l.ReadByte()
		if err != nil {
			return i, err
		}
		p[i] = c
	}
	return len(p), nil
}

func (l *limitReader) fill() error {
	for range 100 {
		n, err := l.r.Read(l.buf)
		if n > 0 {
			if l.remaining -= int64(n); l.remaining < 0 {
				return errXMLTooLarge
			}
			l.start, l.end = 0, n
			return nil
		}
		if err != nil {
			return err
		}
	}
	return io.ErrNoProgress
}
