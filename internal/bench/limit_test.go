package bench

import (
	"errors"
	"io"
	"net/http"
	"sync"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// A limit returns the bytes of the handwritten server from memory, without reading the key. No server on
// net/http can be faster.
type limit struct {
	origin string
	bodies sync.Map // of staticBody, by path
}

type staticBody struct {
	contentType string
	body        []byte
}

// newLimit returns the handler of a server with the bytes of the server at origin.
func newLimit(origin string) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/metrics", promhttp.Handler())
	mux.Handle("/", &limit{origin: origin})
	return mux
}

func (s *limit) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("ETag", `"1"`)
	if r.Header.Get("If-None-Match") == `"1"` {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	found, ok := s.bodies.Load(r.URL.Path)
	if !ok {
		body, err := s.fetch(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		found = body
		s.bodies.Store(r.URL.Path, body)
	}
	writeBody(w, found.(staticBody).contentType, found.(staticBody).body)
}

// fetch requests a path from the origin with the key of a request.
func (s *limit) fetch(r *http.Request) (staticBody, error) {
	req, err := http.NewRequestWithContext(r.Context(), http.MethodGet, s.origin+r.URL.Path, http.NoBody)
	if err != nil {
		return staticBody{}, err
	}
	req.Header.Set("Authorization", r.Header.Get("Authorization"))
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return staticBody{}, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return staticBody{}, errors.New(res.Status)
	}
	body, err := io.ReadAll(res.Body)
	return staticBody{res.Header.Get("Content-Type"), body}, err
}
