package refresh

import (
	"archive/zip"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/canvas"
	"github.com/momotor/resultgraph/internal/filename"
)

func (r *refreshRun) maxProductSize() int64 { return cmp.Or(r.MaxProductSize, 100<<20) }

// fetchProduct downloads the files of an attempt, packs them as a product bundle (Momotor
// bundle format) and stores the bundle. Equal attempts give zips with equal bytes.
func (r *refreshRun) fetchProduct(ctx context.Context, attempt canvas.Submission) (*db.Bundle, error) {
	f, err := os.CreateTemp("", "resultgraph-product-")
	if err != nil {
		return nil, fmt.Errorf("create a file for the product: %w", err)
	}
	defer f.Close()
	_ = os.Remove(f.Name()) // the open file stays readable
	w := &productWriter{zip: zip.NewWriter(f), modified: attempt.SubmittedAt.UTC(), remaining: r.maxProductSize(), names: map[string]bool{}}
	err = r.writeFiles(ctx, attempt, w)
	if err == nil {
		err = w.finish(attempt)
	}
	if err != nil {
		return nil, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	digest, size, err := r.Blobs.Put(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("store the product: %w", err)
	}
	return &db.Bundle{Kind: db.BundleProduct, Name: "product.zip", Format: db.FormatZip, SHA256: new(digest.String()), Size: size}, nil
}

// writeFiles adds the files of an attempt: uploads, the text entry and the URL.
func (r *refreshRun) writeFiles(ctx context.Context, attempt canvas.Submission, w *productWriter) error {
	for _, a := range attempt.Attachments {
		err := w.add(cmp.Or(a.DisplayName, a.Filename), func(to io.Writer) (int64, error) { return r.download(ctx, a, to, w.remaining) })
		if err != nil {
			return err
		}
	}
	for _, entry := range []struct{ name, text string }{{"submission.html", attempt.Body}, {"submission.url", attempt.URL}} {
		if entry.text == "" {
			continue
		}
		err := w.add(entry.name, func(to io.Writer) (int64, error) {
			if int64(len(entry.text)) > w.remaining {
				return 0, canvas.ErrTooLarge
			}
			n, err := io.WriteString(to, entry.text)
			return int64(n), err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// download downloads a file and checks its size, because Canvas may send a login page
// instead of the file.
func (r *refreshRun) download(ctx context.Context, a canvas.Attachment, w io.Writer, maxSize int64) (int64, error) {
	n, err := r.client.Download(ctx, a.URL, w, maxSize)
	if err == nil && a.Size > 0 && n != a.Size {
		err = &canvas.Error{Op: "download a file", Kind: canvas.ErrUnreachable, Message: fmt.Sprintf("received %d of %d bytes", n, a.Size)}
	}
	return n, err
}

// A productWriter writes a product bundle.
type productWriter struct {
	zip       *zip.Writer
	modified  time.Time // the time of every file: the current time would change the bytes
	remaining int64     // how many more bytes the files may have
	names     map[string]bool
	files     []productFile
}

// A productFile describes a file in the XML of a product.
type productFile struct {
	Name   string `xml:"name,attr"`
	Class  string `xml:"class,attr"`
	Size   int64  `xml:"size,attr"`
	SHA256 string `xml:"sha256,attr"`
}

// add adds a file under a safe form of its name.
func (w *productWriter) add(name string, write func(io.Writer) (int64, error)) error {
	name = w.uniqueName(filename.Sanitize(name))
	file, err := w.create("files/" + name)
	if err != nil {
		return err
	}
	sum := sha256.New()
	n, err := write(io.MultiWriter(file, sum))
	if err != nil {
		return err
	}
	w.remaining -= n
	w.files = append(w.files, productFile{name, "submission", n, hex.EncodeToString(sum.Sum(nil))})
	return nil
}

func (w *productWriter) create(path string) (io.Writer, error) {
	return w.zip.CreateHeader(&zip.FileHeader{Name: path, Method: zip.Deflate, Modified: w.modified})
}

// uniqueName adds a number to a name that is in use already. Names that differ only in case are
// equal.
func (w *productWriter) uniqueName(name string) string {
	stem, extension := name, ""
	if dot := strings.LastIndexByte(name, '.'); dot > 0 {
		stem, extension = name[:dot], name[dot:]
	}
	for n := 2; w.names[strings.ToLower(name)]; n++ {
		name = stem + "-" + strconv.Itoa(n) + extension
	}
	w.names[strings.ToLower(name)] = true
	return name
}

// A productXML is the root element of a product.
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
	Source string        `xml:"basesrc,attr"`
	Files  []productFile `xml:"file"`
}

// finish writes the XML of the product and closes the zip.
func (w *productWriter) finish(attempt canvas.Submission) error {
	doc := productXML{Properties: []property{
		{"attempt", "integer", strconv.Itoa(attempt.Attempt)}, {"submitted-at", "", w.modified.Format(time.RFC3339)},
	}}
	if len(w.files) > 0 {
		doc.Files = &filesXML{"files", w.files}
	}
	file, err := w.create("product.xml")
	if err != nil {
		return err
	}
	_, headerErr := io.WriteString(file, xml.Header)
	return errors.Join(headerErr, xml.NewEncoder(file).Encode(doc), w.zip.Close())
}
