package rest

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"

	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/form"
)

// maxBodyBytes is the maximum size of a body without its files.
const maxBodyBytes = 1 << 20

// A requestBody holds the fields of a body.
type requestBody struct {
	// values are the members of a JSON object, or the last value of each name in a form.
	values map[string]any
	files  map[string]*form.File
	// isForm says that the body is a form. Browsers omit unticked boxes from forms, and send
	// empty fields as blanks.
	isForm  bool
	release func()
}

// close removes the temporary files.
func (rb *requestBody) close() {
	if rb.release != nil {
		rb.release()
	}
}

// readBody reads a body of one of the three media types that Django REST framework parses.
// The media type of an empty body is ignored.
func (ar *apiRequest) readBody(w http.ResponseWriter, r *http.Request) (*requestBody, error) {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	isForm := err == nil && (media == "application/x-www-form-urlencoded" || media == "multipart/form-data")
	if r.Body == http.NoBody || r.ContentLength == 0 {
		return &requestBody{isForm: isForm}, nil
	}
	switch {
	case err == nil && media == "application/json":
		return readJSON(w, r)
	case isForm && media == "multipart/form-data":
		return ar.readMultipart(w, r)
	case isForm:
		return readURLEncoded(w, r)
	}
	return nil, fault.New(notSupported, fmt.Sprintf("Unsupported media type %q in request.", r.Header.Get("Content-Type")))
}

// readBytes reads a body without files.
func readBytes(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBodyBytes))
	if large := new(http.MaxBytesError); errors.As(err, &large) {
		return nil, tooLargeError(maxBodyBytes)
	}
	if err != nil {
		return nil, fault.New(fault.BadInput, "The body is incomplete.")
	}
	return text, nil
}

func tooLargeError(maxBytes int64) error {
	return fault.New(fault.TooLarge, fmt.Sprintf("The request is larger than %d bytes.", maxBytes))
}

// readURLEncoded reads a form in the encoding of a URL's query.
func readURLEncoded(w http.ResponseWriter, r *http.Request) (*requestBody, error) {
	text, err := readBytes(w, r)
	if err != nil {
		return nil, err
	}
	if !utf8.Valid(text) {
		return nil, fault.New(fault.BadInput, "Form parse error - the form is not UTF-8")
	}
	s := &requestBody{isForm: true, values: map[string]any{}}
	for name, value := range queryPairs(string(text)) {
		if value == "" { // the last value is used, and a blank is ignored
			delete(s.values, name)
		} else {
			s.values[name] = value
		}
	}
	return s, nil
}

// readMultipart reads a multipart form, which may have files.
func (ar *apiRequest) readMultipart(w http.ResponseWriter, r *http.Request) (*requestBody, error) {
	f, err := form.Read(w, r, form.Limits{
		Values: maxBodyBytes, Files: ar.conf.MaxUploadBytes, Quota: ar.conf.Uploads, Owner: access.IdentityOf(r.Context()).String(),
	})
	switch {
	case errors.As(err, new(*fault.Error)):
		return nil, err
	case errors.Is(err, form.ErrFilesTooLarge):
		return nil, tooLargeError(ar.conf.MaxUploadBytes)
	case errors.Is(err, form.ErrTooLarge):
		return nil, fault.New(fault.TooLarge, fmt.Sprintf("The form is too large: the maximum is %d parts, and %d bytes without files.", form.MaxParts, maxBodyBytes))
	case errors.Is(err, form.ErrMalformed):
		return nil, fault.New(fault.BadInput, "Multipart form parse error - the form is malformed or incomplete")
	case err != nil:
		ar.conf.Log.ErrorContext(r.Context(), "uploaded form not stored", "path", r.URL.Path, "error", err)
		return nil, fault.New(fault.Unavailable, "The server cannot store the files: try again later.")
	}
	s := &requestBody{isForm: true, values: map[string]any{}, files: f.Files, release: f.Close}
	for name, value := range f.Values {
		if value != "" {
			s.values[name] = value
		}
	}
	return s, nil
}

// upload returns a file as the value of a variable.
func (rb *requestBody) upload(name string) graphql.Upload {
	f := rb.files[name]
	return graphql.Upload{File: f, Filename: f.Name, Size: f.Size}
}
