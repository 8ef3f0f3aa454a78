package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db/dbtest"
)

// A client that sends its whole request before it reads still receives the response to a request
// that is too large.
func TestEarlyResponseIsReceived(t *testing.T) {
	t.Parallel()
	const size = 16 << 20 // more than all buffers of the connection
	c := newFixture(t, dbtest.SQLite(t), 1)
	p := c.serve(t, "--max-upload-bytes", "1000", "--jobs", "off")
	base := strings.TrimPrefix(p.BaseURL, "http://")
	for _, tt := range []struct{ method, path, header, length string }{
		{"POST", "/graphql", "GraphQL-Require-Preflight: 1", "Content-Length"},
		{"POST", "/graphql", "GraphQL-Require-Preflight: 1", "chunked"},
		{"PATCH", c.path(), "X-Nothing: 1", "Content-Length"},
		{"PATCH", c.path(), "X-Nothing: 1", "chunked"},
	} {
		conn, err := net.Dial("tcp", base)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		part := "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\n"
		length, body := fmt.Sprintf("Content-Length: %d", len(part)+size), part
		if tt.length == "chunked" {
			length, body = "Transfer-Encoding: chunked", fmt.Sprintf("%x\r\n%s", len(part)+size, part)
		}
		fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: h\r\nAuthorization: Api-Key %s\r\n%s\r\nContent-Type: %s\r\n%s\r\n\r\n%s",
			tt.method, tt.path, c.key, tt.header, multipartType, length, body)
		if _, err := io.Copy(conn, io.LimitReader(zeros{}, size)); err != nil {
			t.Errorf("%s %s (%s): sending the body: %v", tt.method, tt.path, tt.length, err)
			continue
		}
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Errorf("%s %s (%s): reading the response: %v", tt.method, tt.path, tt.length, err)
			continue
		}
		text, err := io.ReadAll(res.Body)
		if res.StatusCode != http.StatusRequestEntityTooLarge || err != nil || !strings.Contains(string(text), "1000 bytes") {
			t.Errorf("%s %s (%s) = %d %s, %v, want 413", tt.method, tt.path, tt.length, res.StatusCode, text, err)
		}
	}
	p.shutdown(t)
}

// zeros is an endless reader.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
