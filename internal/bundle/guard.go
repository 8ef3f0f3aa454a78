package bundle

import (
	"errors"
	"io"
)

var (
	errXMLBytes   = errors.New("the XML is over its size limit")
	errAttributes = errors.New("an element has too many attributes")
)

// guard feeds an XML decoder and stops it before it spends memory: after so
// many bytes, and inside a tag with too many attributes, which a decoder
// would collect in full before anyone sees the first.
type guard struct {
	r          io.Reader
	left       int64 // bytes that may still be read
	buf        []byte
	next, end  int // buf[next:end] is unread
	markup     markup
	attributes int // in the tag that is open
	most       int // attributes of one tag
}

func newGuard(r io.Reader, lim Limits) *guard {
	return &guard{r: r, left: lim.XMLBytes, most: lim.Attributes, buf: make([]byte, 4096)}
}

// ReadByte lets encoding/xml read without a buffer of its own.
func (g *guard) ReadByte() (byte, error) {
	if g.next == g.end {
		if err := g.fill(); err != nil {
			return 0, err
		}
	}
	c := g.buf[g.next]
	g.next++
	if g.markup.in == inText && c != '<' {
		return c, nil // most bytes
	}
	if g.markup.see(c) {
		if g.attributes++; g.attributes > g.most {
			return 0, errAttributes
		}
	} else if c == '<' {
		g.attributes = 0
	}
	return c, nil
}

// Read makes guard the io.Reader that xml.NewDecoder asks for.
func (g *guard) Read(p []byte) (int, error) {
	for i := range p {
		c, err := g.ReadByte()
		if err != nil {
			return i, err
		}
		p[i] = c
	}
	return len(p), nil
}

func (g *guard) fill() error {
	for range 100 {
		n, err := g.r.Read(g.buf)
		if n > 0 {
			if g.left -= int64(n); g.left < 0 {
				return errXMLBytes
			}
			g.next, g.end = 0, n
			return nil
		}
		if err != nil {
			return err
		}
	}
	return io.ErrNoProgress
}
