package rest

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"

	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/form"
)

// mostBody is how many bytes a body may have, files aside.
const mostBody = 1 << 20

// A sent is what a body holds.
type sent struct {
	// values are those of a JSON object, or the last of each name in a form.
	values map[string]any
	files  map[string]*form.File
	// form tells that it is a form, in which a box that is not ticked is not sent, and where
	// nothing was filled in the value is blank.
	form bool
	done func()
}

// close gives back what the files take.
func (s *sent) close() {
	if s.done != nil {
		s.done()
	}
}

// readBody reads a body of one of the three types that Django REST framework parses. A
// request without any body sends nothing, whatever it says of its type.
func (c *call) readBody(w http.ResponseWriter, r *http.Request) (*sent, error) {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	isForm := err == nil && (media == "application/x-www-form-urlencoded" || media == "multipart/form-data")
	if r.Body == http.NoBody || r.ContentLength == 0 {
		return &sent{form: isForm}, nil
	}
	switch {
	case err == nil && media == "application/json":
		return readJSON(w, r)
	case isForm && media == "multipart/form-data":
		return c.readParts(w, r)
	case isForm:
		return readPairs(w, r)
	}
	return nil, fault.New(notSupported, fmt.Sprintf("Unsupported media type %q in request.", r.Header.Get("Content-Type")))
}

// readText reads a body without files.
func readText(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, mostBody))
	if large := new(http.MaxBytesError); errors.As(err, &large) {
		return nil, tooLarge(mostBody)
	}
	if err != nil {
		return nil, fault.New(fault.BadInput, "The body could not be read to its end.")
	}
	return text, nil
}

func tooLarge(most int64) error {
	return fault.New(fault.TooLarge, fmt.Sprintf("The request is larger than the %d bytes that it may have.", most))
}

// readPairs reads a form as the query of a URL has it.
func readPairs(w http.ResponseWriter, r *http.Request) (*sent, error) {
	text, err := readText(w, r)
	if err != nil {
		return nil, err
	}
	if !utf8.Valid(text) {
		return nil, fault.New(fault.BadInput, "Form parse error - the form is not UTF-8")
	}
	s := &sent{form: true, values: map[string]any{}}
	for name, value := range pairsOf(string(text)) {
		if value == "" { // the last of a name counts, and a blank is nothing
			delete(s.values, name)
		} else {
			s.values[name] = value
		}
	}
	return s, nil
}

// readParts reads a form of several parts, which may have files.
func (c *call) readParts(w http.ResponseWriter, r *http.Request) (*sent, error) {
	f, err := form.Read(w, r, form.Limits{Values: mostBody, Files: c.conf.MostUpload})
	switch {
	case errors.Is(err, form.ErrFilesTooLarge):
		return nil, tooLarge(c.conf.MostUpload)
	case errors.Is(err, form.ErrTooLarge):
		return nil, fault.New(fault.TooLarge, fmt.Sprintf("The form is larger than it may be: it may have %d parts, and %d bytes beside its files.", form.MaxParts, mostBody))
	case errors.Is(err, form.ErrMalformed):
		return nil, fault.New(fault.BadInput, "Multipart form parse error - the form is not well-formed, or has no end")
	case err != nil:
		c.conf.Log.ErrorContext(r.Context(), "a form could not be taken in", "path", r.URL.Path, "error", err)
		return nil, fault.New(fault.Unavailable, "The server has no room for the files now: try again later.")
	}
	s := &sent{form: true, values: map[string]any{}, files: f.Files, done: f.Close}
	for name, value := range f.Values {
		if value != "" {
			s.values[name] = value
		}
	}
	return s, nil
}

// upload is a file as a variable.
func (s *sent) upload(name string) graphql.Upload {
	f := s.files[name]
	return graphql.Upload{File: f, Filename: f.Name, Size: f.Size}
}
