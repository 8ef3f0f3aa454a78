package canvastest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
)

func (s *Server) attachmentObjects(files []*attachment) (all []object) {
	for _, f := range files {
		all = append(all, example("attachment.json", object{
			"id": f.id, "uuid": fmt.Sprintf("uuid-of-file-%d", f.id), "display_name": f.file.Name,
			"filename": f.file.Name, "content-type": f.file.Type, "size": len(f.file.Content),
			"url":        fmt.Sprintf("%s/files/%d/download?download_frd=1&verifier=%s", s.URL, f.id, f.verifier),
			"created_at": timestamp(f.at), "updated_at": timestamp(f.at), "modified_at": timestamp(f.at),
		}))
	}
	return all
}

// getFile redirects requests with the verifier to the file host.
func (s *Server) getFile(w http.ResponseWriter, r *http.Request) {
	f := s.state.attachments[pathID(r, "file")]
	switch {
	case f == nil:
		s.writeError(w, http.StatusNotFound, "error_not_found.json")
	case r.URL.Query().Get("verifier") != f.verifier:
		s.writeForbidden(w)
	default:
		http.Redirect(w, r, fmt.Sprintf("%s/signed/%d?signature=%s", s.files.URL, f.id, f.verifier), http.StatusFound)
	}
}

// serveFile is the file host. It requires a signed URL and no token. Faults apply to it as to
// Canvas itself; its path contains /signed/.
func (s *Server) serveFile(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	if r.Header.Get("Authorization") != "" {
		s.recordFailure("the file host received the token")
	}
	id, _ := strconv.ParseInt(strings.TrimPrefix(r.URL.Path, "/signed/"), 10, 64)
	f := s.state.attachments[id]
	fault := s.nextFault(r)
	s.mu.Unlock()
	if f == nil || r.URL.Query().Get("signature") != f.verifier {
		http.Error(w, "AccessDenied", http.StatusForbidden)
		return
	}
	response := httptest.NewRecorder()
	response.Header().Set("Content-Type", f.file.Type)
	response.Header().Set("Content-Length", strconv.Itoa(len(f.file.Content)))
	_, _ = response.Write(f.file.Content)
	switch {
	case fault == nil:
		writeResponse(w, response)
	case fault.before():
		s.writeFault(w, r, fault.Fault, nil, new(Request))
	default:
		s.writeFault(w, r, fault.Fault, response, new(Request))
	}
}
