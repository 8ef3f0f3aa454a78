package canvas_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/internal/canvas"
	"github.com/momotor/resultgraph/internal/canvas/canvastest"
)

// submitFile submits a file as the first student and returns its URL.
func (sc *fixture) submitFile(t *testing.T, content []byte) string {
	t.Helper()
	sc.Submit(int64(sc.students[0]), int64(sc.assignment), noon, canvastest.File{Name: "a.py", Content: content})
	for s, err := range sc.Submissions(t.Context(), sc.course, sc.assignment) {
		must(t, err)
		if len(s.Attachments) > 0 {
			return s.Attachments[0].URL
		}
	}
	t.Fatal("no submission has an attachment")
	return ""
}

// TestDownload downloads a file. The file host of the fake fails the test if it receives the
// token.
func TestDownload(t *testing.T) {
	t.Parallel()
	sc := newFixture(t)
	content := bytes.Repeat([]byte("0123456789"), 1000)
	file := sc.submitFile(t, content)
	for _, c := range []struct {
		name  string
		url   string
		limit int64
		want  error
	}{
		{"whole", file, 1 << 20, nil},
		{"exactly the limit", file, 10_000, nil},
		{"one byte over the limit", file, 9_999, canvas.ErrTooLarge},
		{"without its verifier", strings.Split(file, "?")[0], 1 << 20, canvas.ErrForbidden},
		{"unknown file", strings.Replace(file, "/files/", "/files/1", 1), 1 << 20, canvas.ErrNotFound},
		{"no URL", "file.txt", 1 << 20, canvas.ErrRejected},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got bytes.Buffer
			n, err := sc.Download(t.Context(), c.url, &got, c.limit)
			if c.want != nil {
				wantKind(t, "Download", err, c.want)
				if int64(got.Len()) > c.limit {
					t.Errorf("Download wrote %d bytes, want at most %d", got.Len(), c.limit)
				}
				return
			}
			if err != nil || n != int64(len(content)) || !bytes.Equal(got.Bytes(), content) {
				t.Errorf("Download = %d, %v, want all %d bytes", n, err, len(content))
			}
		})
	}
	if got := sc.Requests("/files/")[0].Token; got != sc.Token() {
		t.Errorf("Canvas was shown %q, want the token", got)
	}
}

func TestDownloadRetries(t *testing.T) {
	t.Parallel()
	sc := newFixture(t)
	file := sc.submitFile(t, []byte("x = 1"))
	sc.InjectFault(canvastest.Match{Path: "/files/"}, canvastest.Fault{Kind: canvastest.BadGateway})
	var got bytes.Buffer
	if _, err := sc.Download(t.Context(), file, &got, 100); err != nil || got.String() != "x = 1" {
		t.Errorf("Download = %q, %v", &got, err)
	}
	sc.InjectFault(canvastest.Match{Path: "/signed/"}, canvastest.Fault{Kind: canvastest.ServerError})
	got.Reset()
	if _, err := sc.Download(t.Context(), file, &got, 100); err != nil || got.String() != "x = 1" {
		t.Errorf("Download = %q, %v", &got, err)
	}
	// After a part is written, another attempt would write it twice.
	sc.InjectFault(canvastest.Match{Path: "/signed/"}, canvastest.Fault{Kind: canvastest.Truncated})
	got.Reset()
	n, err := sc.Download(t.Context(), file, &got, 100)
	wantKind(t, "Download that is cut off", err, canvas.ErrUnreachable)
	if n != 2 || got.String() != "x " {
		t.Errorf("Download that is cut off = %d, wrote %q, want 2 bytes", n, &got)
	}
	_, err = sc.Download(t.Context(), file, fullDisk{}, 100)
	if !errors.Is(err, errFull) || errors.Is(err, canvas.ErrUnreachable) {
		t.Errorf("Download to a full disk = %v, want its error", err)
	}
}

var errFull = errors.New("the disk is full")

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }
