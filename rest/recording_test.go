package rest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
)

// A recording is a request to the original Django API and its response.
type recording struct {
	Name string
	// Origin is the part of the original API that wrote the response: framework is Django REST
	// framework, and the response must be identical; app is the application, and only the shape of
	// the response must be the same.
	Origin  string
	Request struct {
		Method, Path string
		Headers      map[string]string
		Body         string
		Latin1       string `json:"body_latin1"`
	}
	Response struct {
		Status  int
		Headers [][2]string
		Body    *string // nil if the body was not recorded
	}
}

func loadRecordings(t *testing.T) []recording {
	t.Helper()
	var file struct{ Cases []recording }
	loadContract(t, "wire.json", &file)
	return file.Cases
}

// loadContract decodes a JSON file of testdata/contract into v.
func loadContract(t testing.TB, name string, v any) {
	t.Helper()
	text, err := os.ReadFile("testdata/contract/" + name)
	if err == nil {
		err = json.Unmarshal(text, v)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// A wireResponse is a response with its decoded body.
type wireResponse struct {
	status int
	header http.Header
	text   string
	// tree is the decoded body if it is JSON, with numbers as json.Number.
	tree any
	// withoutBody says that the body was not recorded.
	withoutBody bool
}

func newWireResponse(status int, header http.Header, body string) *wireResponse {
	m := &wireResponse{status: status, header: header, text: body}
	dec := json.NewDecoder(strings.NewReader(body))
	dec.UseNumber()
	if header.Get("Content-Type") == "application/json" && dec.Decode(&m.tree) != nil {
		m.tree = nil
	}
	return m
}

// recordedResponse returns the recorded response.
func (rec *recording) recordedResponse() *wireResponse {
	h := http.Header{}
	for _, pair := range rec.Response.Headers {
		h.Add(pair[0], pair[1])
	}
	body := ""
	if rec.Response.Body != nil {
		body = *rec.Response.Body
	}
	want := newWireResponse(rec.Response.Status, h, body)
	want.withoutBody = rec.Response.Body == nil
	return want
}

// replay sends the recorded request to a server, with the server's cookie in place of that of the session.
func (rec *recording) replay(t *testing.T, server *recordedServer) *wireResponse {
	t.Helper()
	session := strings.NewReplacer("sessionid=@SESSION@", sessionCookie+"="+server.token)
	return sendRaw(t, server.address(), rec.Request.Method, rec.requestBytes(session))
}

// requestBytes returns the bytes of the request. The lengths are those of the body: recordings can have
// headers about another connection.
func (rec *recording) requestBytes(session *strings.Replacer) []byte {
	var raw bytes.Buffer
	fmt.Fprintf(&raw, "%s %s HTTP/1.1\r\nConnection: close\r\n", rec.Request.Method, rec.Request.Path)
	for name, value := range rec.Request.Headers {
		switch http.CanonicalHeaderKey(name) {
		case "Content-Length", "Transfer-Encoding", "Connection":
		default:
			fmt.Fprintf(&raw, "%s: %s\r\n", name, session.Replace(value))
		}
	}
	body := rec.Request.Body
	for _, c := range rec.Request.Latin1 {
		body += string([]byte{byte(c)})
	}
	if body != "" {
		fmt.Fprintf(&raw, "Content-Length: %d\r\n", len(body))
	}
	raw.WriteString("\r\n" + body)
	return raw.Bytes()
}

// sendRaw sends bytes to a server and reads the response.
func sendRaw(t testing.TB, address, method string, raw []byte) *wireResponse {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write(raw); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		t.Fatalf("send %q: %v", firstLine(raw), err)
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("send %q: %v", firstLine(raw), err)
	}
	return newWireResponse(res.StatusCode, res.Header, string(got))
}

func firstLine(raw []byte) []byte {
	line, _, _ := bytes.Cut(raw, []byte("\r\n"))
	return line
}
