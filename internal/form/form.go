// Package form reads requests of the type multipart/form-data (RFC 7578): short values into
// memory, files onto the disk, and never more of either than allowed.
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
)

// Limits bound what reading a form may cost.
type Limits struct {
	// Values and Files are the bytes of all values and of all files together.
	Values, Files int64
}

// MostParts is how many parts a form may have.
const MostParts = 100

// The ways in which reading a form fails. Anything else is a failing disk of ours.
var (
	ErrTooLarge = errors.New("the form is larger than allowed")
	// ErrFiles is the ErrTooLarge of forms whose files are too large.
	ErrFiles     = fmt.Errorf("%w: its files are", ErrTooLarge)
	ErrMalformed = errors.New("the form is not well-formed")
)

// A Form is what a request holds, by the names of its parts; of a repeated name the last
// part counts.
type Form struct {
	Values map[string]string
	Files  map[string]*File
}

// A File is one that was sent. It lies in a temporary file that has no name any more, so
// that nothing is left of it when it is closed, or the program ends.
type File struct {
	*os.File
	// Name is what the sender calls it, as it was sent.
	Name string
	// Size is its length in bytes.
	Size int64
}

// Close gives the disk space of all files back; they can not be read any more. A nil form
// has none.
func (f *Form) Close() {
	if f == nil {
		return
	}
	for _, file := range f.Files {
		_ = file.Close() // nothing is lost: it has no name
	}
}

// Read reads the body of a request to its end. An error that it returns leaves no file; one
// of the body is ErrTooLarge or ErrMalformed.
func Read(w http.ResponseWriter, r *http.Request, lim Limits) (*Form, error) {
	overhead := int64(MostParts << 10)
	r.Body = http.MaxBytesReader(w, r.Body, lim.Values+lim.Files+overhead)
	_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || params["boundary"] == "" {
		return nil, fmt.Errorf("%w: it has no boundary", ErrMalformed)
	}
	f, body := &Form{map[string]string{}, map[string]*File{}}, &ending{r: r.Body}
	err = f.read(multipart.NewReader(body, params["boundary"]), lim)
	if err == nil && !bytes.Contains(body.last, []byte("--"+params["boundary"]+"--")) {
		err = fmt.Errorf("%w: its end is missing", ErrMalformed)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// ending remembers the last bytes that were read: to package multipart a form that breaks
// off in the head of a part has ended.
type ending struct {
	r    io.Reader
	last []byte
}

// readAhead is more than package multipart reads beyond the end of a form.
const readAhead = 16 << 10

func (e *ending) Read(p []byte) (int, error) {
	n, err := e.r.Read(p)
	e.last = append(e.last, p[:n]...)
	if extra := len(e.last) - readAhead; extra > 4*readAhead || n == 0 && extra > 0 {
		e.last = append(e.last[:0], e.last[extra:]...)
	}
	return n, err
}

func (f *Form) read(parts *multipart.Reader, lim Limits) error {
	for range MostParts {
		part, err := parts.NextPart()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return ofBody(err)
		}
		if part.FileName() == "" {
			err = f.value(part, &lim.Values)
		} else {
			err = f.file(part, &lim.Files)
		}
		if err != nil {
			return err
		}
	}
	return ErrTooLarge
}

// ofBody tells what a failure to read a body is.
func ofBody(err error) error {
	if large := new(http.MaxBytesError); errors.As(err, &large) {
		return ErrFiles // no values alone are that large
	}
	return fmt.Errorf("%w: %w", ErrMalformed, err)
}

func (f *Form) value(part *multipart.Part, left *int64) error {
	text, err := io.ReadAll(io.LimitReader(part, *left+1))
	if err != nil {
		return ofBody(err)
	}
	if *left -= int64(len(text)); *left < 0 {
		return ErrTooLarge
	}
	f.Values[part.FormName()] = string(text)
	return nil
}

func (f *Form) file(part *multipart.Part, left *int64) error {
	name := part.FormName()
	file, err := os.CreateTemp("", "resultgraph-form-")
	if err != nil {
		return fmt.Errorf("make a temporary file: %w", err)
	}
	if err := os.Remove(file.Name()); err != nil {
		file.Close()
		return fmt.Errorf("take the name from a temporary file: %w", err)
	}
	if old := f.Files[name]; old != nil {
		old.Close()
	}
	spooled := &File{File: file, Name: part.FileName()}
	f.Files[name] = spooled
	body := &watched{r: io.LimitReader(part, *left+1)}
	spooled.Size, err = io.Copy(file, body)
	switch {
	case body.err != nil:
		return ofBody(body.err)
	case err != nil:
		return fmt.Errorf("keep a file of a form: %w", err)
	}
	if *left -= spooled.Size; *left < 0 {
		return ErrFiles
	}
	return nil
}

// watched tells a body that fails from a disk that does.
type watched struct {
	r   io.Reader
	err error
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	if err != nil && err != io.EOF {
		w.err = err
	}
	return n, err
}
