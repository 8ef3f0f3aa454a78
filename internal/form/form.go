// Package form reads requests of the type multipart/form-data (RFC 7578), with limits: short
// values into memory and files into temporary files.
package form

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"time"

	"github.com/momotor/resultgraph/internal/tempfile"
)

// Limits are the limits for one form.
type Limits struct {
	// Values and Files are the total sizes in bytes of all values and of all files.
	Values, Files int64
	// Quota has the disk space for the form; nil means that it is not bounded. Owner identifies
	// the caller.
	Quota *Quota
	Owner string
}

// maxBytes is the maximum size of the body in bytes.
func (l *Limits) maxBytes() int64 { return l.Values + l.Files + MaxParts<<10 }

// readTimeout is the time in which a client must send a form.
const readTimeout = time.Hour

// MaxParts is the maximum number of parts of a form.
const MaxParts = 100

// Errors of Read. Any other error is a failure of the local disk.
var (
	ErrTooLarge = errors.New("the form is larger than allowed")
	// ErrFilesTooLarge is the ErrTooLarge for files.
	ErrFilesTooLarge = fmt.Errorf("%w: the files are too large", ErrTooLarge)
	ErrMalformed     = errors.New("the form is not well-formed")
)

// A Form has the values and files of a request by the names of their parts. If a name is
// repeated, the last part counts.
type Form struct {
	Values map[string]string
	Files  map[string]*File
	// release releases the form's part of the quota.
	release func()
}

// A File is an uploaded file. It is stored in a temporary file that is already unlinked, so
// that the disk space is released when it is closed or the program ends.
type File struct {
	*os.File
	// Name is the file name in the request, unchanged.
	Name string
	// Size is the size in bytes.
	Size int64
}

// Close closes all files and releases their disk space. It does nothing for a nil form.
func (f *Form) Close() {
	if f == nil {
		return
	}
	for _, file := range f.Files {
		_ = file.Close() // unlinked, so nothing is lost
	}
	f.release()
}

// Read reads the form in the body of a request to its end. After an error no file is left. The
// error for an invalid body is ErrTooLarge or ErrMalformed, and a fault.Error if the quota has no
// space for the form.
func Read(w http.ResponseWriter, r *http.Request, lim Limits) (*Form, error) {
	if r.ContentLength > lim.maxBytes() {
		return nil, ErrFilesTooLarge
	}
	_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || params["boundary"] == "" {
		return nil, fmt.Errorf("%w: it has no boundary", ErrMalformed)
	}
	size := r.ContentLength
	if size < 0 { // unknown
		size = lim.maxBytes()
	}
	release, err := lim.Quota.reserve(lim.Owner, size)
	if err != nil {
		return nil, err
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(readTimeout)) // writers of tests have no deadlines
	r.Body = http.MaxBytesReader(w, r.Body, lim.maxBytes())
	f, body := &Form{map[string]string{}, map[string]*File{}, release}, &tailReader{r: r.Body}
	err = f.readParts(multipart.NewReader(body, params["boundary"]), lim)
	if err == nil && !bytes.Contains(body.tail, []byte("--"+params["boundary"]+"--")) {
		err = fmt.Errorf("%w: its end is missing", ErrMalformed)
	}
	if err == nil { // from the end of the body on, package http notices when the client disconnects
		err = discard(r.Body)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// discard reads what follows the form.
func discard(body io.Reader) error {
	if _, err := io.Copy(io.Discard, body); err != nil {
		return bodyError(err)
	}
	return nil
}

// A tailReader remembers the last bytes that were read. Package multipart accepts a form that
// is cut off in the header of a part.
type tailReader struct {
	r    io.Reader
	tail []byte
}

// readAhead is larger than the number of bytes that package multipart reads beyond the end
// of a form.
const readAhead = 16 << 10

func (e *tailReader) Read(p []byte) (int, error) {
	n, err := e.r.Read(p)
	e.tail = append(e.tail, p[:n]...)
	if extra := len(e.tail) - readAhead; extra > 4*readAhead || n == 0 && extra > 0 {
		e.tail = append(e.tail[:0], e.tail[extra:]...)
	}
	return n, err
}

func (f *Form) readParts(parts *multipart.Reader, lim Limits) error {
	for range MaxParts {
		part, err := parts.NextPart()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return bodyError(err)
		}
		if part.FileName() == "" {
			err = f.readValue(part, &lim.Values)
		} else {
			err = f.readFile(part, &lim.Files)
		}
		if err != nil {
			return err
		}
	}
	return ErrTooLarge
}

// bodyError classifies an error from reading the body.
func bodyError(err error) error {
	if large := new(http.MaxBytesError); errors.As(err, &large) {
		return ErrFilesTooLarge // values alone cannot be that large
	}
	return fmt.Errorf("%w: %w", ErrMalformed, err)
}

func (f *Form) readValue(part *multipart.Part, remaining *int64) error {
	text, err := io.ReadAll(io.LimitReader(part, *remaining+1))
	if err != nil {
		return bodyError(err)
	}
	if *remaining -= int64(len(text)); *remaining < 0 {
		return ErrTooLarge
	}
	f.Values[part.FormName()] = string(text)
	return nil
}

func (f *Form) readFile(part *multipart.Part, remaining *int64) error {
	name := part.FormName()
	file, err := tempfile.Create("", "form")
	if err != nil {
		return err
	}
	if old := f.Files[name]; old != nil {
		old.Close()
	}
	spooled := &File{File: file, Name: part.FileName()}
	f.Files[name] = spooled
	body := &errReader{r: io.LimitReader(part, *remaining+1)}
	spooled.Size, err = io.Copy(file, body)
	switch {
	case body.err != nil:
		return bodyError(body.err)
	case err != nil:
		return fmt.Errorf("write a file of a form: %w", err)
	}
	if *remaining -= spooled.Size; *remaining < 0 {
		return ErrFilesTooLarge
	}
	return nil
}

// An errReader records the error of a reader, to distinguish it from an error of the disk.
type errReader struct {
	r   io.Reader
	err error
}

func (w *errReader) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	if err != nil && err != io.EOF {
		w.err = err
	}
	return n, err
}
