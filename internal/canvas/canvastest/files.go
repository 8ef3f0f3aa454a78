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
			"created_at": stamp(f.at), "updated_at": stamp(f.at), "modified_at": stamp(f.at),
		}))
	}
	return all
}

// getFile redirects requests with the verifier to the file host.
func (s *Server) getFile(w http.ResponseWriter, r *http.Request) {
	f := s.state.attachments[pathID(r, "file")]
	switch {
	case f == nil:
		s.refuse(w, http.StatusNotFound, "error_not_found.json")
	case r.URL.Query().Get("verifier") != f.verifier:
		s.forbid(w)
	default:
		http.Redirect(w, r, fmt.Sprintf("%s/signed/%d?signature=%s", s.files.URL, f.id, f.verifier), http.StatusFound)
	}
}

// serveFile is the file host. It requires a signed URL and no token. Faults apply to it as to
// Canvas itself; its path contains /signed/.
func (s *Server) serveFile(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	if r.Header.Get("Authorization") != "" {
		s.fail("the host of files was shown the token")
	}
	id, _ := strconv.ParseInt(strings.TrimPrefix(r.URL.Path, "/signed/"), 10, 64)
	f := s.state.attachments[id]
	fault := s.faultFor(r)
	s.mu.Unlock()
	if f == nil || r.URL.Query().Get("signature") != f.verifier {
		http.Error(w, "AccessDenied", http.StatusForbidden)
		return
	}
	answer := httptest.NewRecorder()
	answer.Header().Set("Content-Type", f.file.Type)
	answer.Header().Set("Content-Length", strconv.Itoa(len(f.file.Content)))
	_, _ = answer.Write(f.file.Content)
	switch {
	case fault == nil:
		send(w, answer)
	case fault.before():
		s.harm(w, r, fault.Fault, nil, new(Request))
	default:
		s.harm(w, r, fault.Fault, answer, new(Request))
	}
}
