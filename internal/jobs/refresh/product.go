package refresh

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/canvas"
)

func (s *syncing) most() int64 {
	if s.MostProduct > 0 {
		return s.MostProduct
	}
	return 100 << 20
}

// product fetches what was handed in, packs it as a product bundle (Momotor bundle format)
// and keeps it: a zip whose bytes the attempt alone decides.
func (s *syncing) product(ctx context.Context, h canvas.Submission) (*db.Bundle, error) {
	f, err := os.CreateTemp("", "resultgraph-product-")
	if err != nil {
		return nil, fmt.Errorf("make room for what was handed in: %w", err)
	}
	defer f.Close()
	_ = os.Remove(f.Name()) // it stays until it is closed
	p := &packing{zip: zip.NewWriter(f), at: h.SubmittedAt.UTC(), left: s.most(), names: map[string]bool{}}
	err = s.pack(ctx, h, p)
	if err == nil {
		err = p.finish(h)
	}
	if err != nil {
		return nil, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	digest, size, err := s.Blobs.Put(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("keep what was handed in: %w", err)
	}
	return &db.Bundle{Kind: db.BundleProduct, Name: "product.zip", Format: db.FormatZip, SHA256: new(digest.String()), Size: size}, nil
}

// pack adds the files of an attempt: what was uploaded, the text that was typed in, the
// address that was given.
func (s *syncing) pack(ctx context.Context, h canvas.Submission, p *packing) error {
	for _, a := range h.Attachments {
		name := a.DisplayName
		if name == "" {
			name = a.Filename
		}
		err := p.add(name, func(w io.Writer) (int64, error) { return s.download(ctx, a, w, p.left) })
		if err != nil {
			return err
		}
	}
	for _, typed := range []struct{ name, text string }{{"submission.html", h.Body}, {"submission.url", h.URL}} {
		if typed.text == "" {
			continue
		}
		err := p.add(typed.name, func(w io.Writer) (int64, error) {
			if int64(len(typed.text)) > p.left {
				return 0, canvas.ErrTooLarge
			}
			n, err := io.WriteString(w, typed.text)
			return int64(n), err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// download fetches a file, which is to be as long as Canvas says that it is: a page to log in
// is no work of a student.
func (s *syncing) download(ctx context.Context, a canvas.Attachment, w io.Writer, most int64) (int64, error) {
	n, err := s.client.Download(ctx, a.URL, w, most)
	if err == nil && a.Size > 0 && n != a.Size {
		err = &canvas.Error{Op: "download a file", Kind: canvas.ErrUnreachable, Message: fmt.Sprintf("%d bytes came, of %d", n, a.Size)}
	}
	return n, err
}

// A packing is a product bundle that is being written.
type packing struct {
	zip   *zip.Writer
	at    time.Time // of every file: the time at which it is packed decides nothing
	left  int64     // bytes that there may be yet
	names map[string]bool
	files []packed
}

// A packed file is one that the XML of a product names.
type packed struct {
	Name   string `xml:"name,attr"`
	Class  string `xml:"class,attr"`
	Size   int64  `xml:"size,attr"`
	SHA256 string `xml:"sha256,attr"`
}

// add packs a file under a name like the one that it was given.
func (p *packing) add(name string, write func(io.Writer) (int64, error)) error {
	name = p.distinct(safeName(name))
	w, err := p.create("files/" + name)
	if err != nil {
		return err
	}
	sum := sha256.New()
	n, err := write(io.MultiWriter(w, sum))
	if err != nil {
		return err
	}
	p.left -= n
	p.files = append(p.files, packed{name, "submission", n, hexadecimal(sum)})
	return nil
}

func (p *packing) create(path string) (io.Writer, error) {
	return p.zip.CreateHeader(&zip.FileHeader{Name: path, Method: zip.Deflate, Modified: p.at})
}

func hexadecimal(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }

// distinct numbers a name that there is already, whatever its case.
func (p *packing) distinct(name string) string {
	stem, ending := name, ""
	if dot := strings.LastIndexByte(name, '.'); dot > 0 {
		stem, ending = name[:dot], name[dot:]
	}
	for n := 2; p.names[strings.ToLower(name)]; n++ {
		name = stem + "-" + strconv.Itoa(n) + ending
	}
	p.names[strings.ToLower(name)] = true
	return name
}

// A productXML is the XML of a product.
type productXML struct {
	XMLName    xml.Name   `xml:"http://momotor.org/1.0 product"`
	Properties []property `xml:"properties>property"`
	Files      *filesXML  `xml:"files,omitempty"`
}

type property struct {
	Name  string `xml:"name,attr"`
	Type  string `xml:"type,attr,omitempty"`
	Value string `xml:"value,attr"`
}

type filesXML struct {
	Source string   `xml:"basesrc,attr"`
	Files  []packed `xml:"file"`
}

// finish writes the XML, which says what the files are, and ends the zip.
func (p *packing) finish(h canvas.Submission) error {
	doc := productXML{Properties: []property{
		{"attempt", "integer", strconv.Itoa(h.Attempt)}, {"submitted-at", "", p.at.Format(time.RFC3339)},
	}}
	if len(p.files) > 0 {
		doc.Files = &filesXML{"files", p.files}
	}
	w, err := p.create("product.xml")
	if err != nil {
		return err
	}
	_, headed := io.WriteString(w, xml.Header)
	return errors.Join(headed, xml.NewEncoder(w).Encode(doc), p.zip.Close())
}
