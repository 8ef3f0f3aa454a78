package stress

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/internal/loadtest"
)

// Small recipes that are large to check are checked a few at a time.
func testHostileRecipes(t *testing.T, s *site) {
	in := s.institution()
	recipe := hostileRecipe(t, size(190_000, 10_000))
	groups := []int{4}
	if *full {
		groups = []int{16, 40}
	}
	for _, n := range groups {
		p := in.serve(t)
		peak := killAbove(p, 3*killMB)
		clients := in.clients(p, n)
		answers := make([]answer, n)
		wait(n, func(i int) { answers[i] = clients[i].sendRecipe(t, bytes.NewReader(recipe)) })
		what := fmt.Sprintf("%d recipes of %d kB at once: ", n, len(recipe)>>10)
		atMost(t, what+"neither answered nor asked to try again", count(answers, func(a answer) bool { return a.err != nil || a.status >= 500 && !a.refused() }), 0, "")
		atMost(t, what+"longest", quantile(answers, 1), 30, "s")
		atMost(t, what+"peak memory", peak(), 800, "MB")
		p.Kill()
	}
	testTooLargeRecipe(t, in, in.serve(t))
}

// A client that sends a file over the limit reads why it was rejected.
func testTooLargeRecipe(t *testing.T, in *institution, p *loadtest.Process) {
	t.Helper()
	c := in.client(p, 0)
	var answers []answer
	for range size(5, 2) {
		answers = append(answers, c.sendRecipe(t, io.LimitReader(zeros{}, 80<<20)))
	}
	atMost(t, "files over the limit without a 413", count(answers, func(a answer) bool { return a.err != nil || a.status != http.StatusRequestEntityTooLarge }), 0, "")
}

// zeros is an endless file.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// hostileRecipe returns a zip archive of a few kB with a recipe of many steps with long names.
func hostileRecipe(t *testing.T, steps int) []byte {
	t.Helper()
	var xml, archive bytes.Buffer
	xml.WriteString(`<recipe xmlns="http://momotor.org/1.0"><steps>`)
	for i := range steps {
		fmt.Fprintf(&xml, `<step id="%s%d"/>`, strings.Repeat("a", 50), i)
	}
	xml.WriteString(`</steps></recipe>`)
	w := zip.NewWriter(&archive)
	f, err := w.Create("recipe.xml")
	if err != nil {
		t.Fatal(err)
	}
	f.Write(xml.Bytes())
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return archive.Bytes()
}

// sendRecipe uploads a recipe over REST.
func (c *client) sendRecipe(t *testing.T, recipe io.Reader) answer {
	t.Helper()
	r, w := io.Pipe()
	form := multipart.NewWriter(w)
	go func() {
		part, err := form.CreateFormFile("recipefile", "recipe.zip")
		if err == nil {
			_, err = io.Copy(part, recipe)
		}
		if err == nil {
			err = form.Close()
		}
		w.CloseWithError(err)
	}()
	defer r.Close()
	return c.send(t.Context(), http.MethodPatch, "/lti/api/account/2/course/1001/assignment/501/", form.FormDataContentType(), r)
}
