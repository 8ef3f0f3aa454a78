package rest

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"github.com/pb33f/libopenapi-validator/config"
	"github.com/pb33f/libopenapi-validator/responses"
	v3 "github.com/pb33f/libopenapi/datamodel/high/v3"
)

// An openAPIValidator validates responses against the OpenAPI document.
type openAPIValidator struct {
	resources *resources
	model     *v3.Document
	bodies    responses.ResponseBodyValidator
}

// newOpenAPIValidator reads the document, which must be valid OpenAPI 3.1.
func newOpenAPIValidator(t testing.TB) *openAPIValidator {
	t.Helper()
	parsed, err := libopenapi.NewDocument(openAPIDocument)
	if err != nil {
		t.Fatal(err)
	}
	if v, errs := validator.NewValidator(parsed); len(errs) > 0 {
		t.Fatal(errs)
	} else if ok, errs := v.ValidateDocument(); !ok {
		t.Fatalf("openapi.json is not valid: %v", errs)
	}
	model, err := parsed.BuildV3Model()
	if err != nil {
		t.Fatal(err)
	}
	return &openAPIValidator{newAPI(t).resources, &model.Model, responses.NewResponseBodyValidator(&model.Model, config.WithFormatAssertions())}
}

// check reports whether the document describes a request, and returns how the response differs from
// the document.
func (ov *openAPIValidator) check(method, target string, got *wireResponse) (documented bool, err error) {
	u, err := url.Parse(target)
	if err != nil || !strings.HasSuffix(u.Path, "/") && got.status == http.StatusMovedPermanently {
		return false, nil
	}
	res, _ := ov.resources.find(strings.TrimSuffix(u.Path, "/") + "/")
	if res == nil {
		return false, nil
	}
	item := ov.model.Paths.PathItems.GetOrZero(res.path)
	if item == nil {
		return true, fmt.Errorf("%s is not in the document", res.path)
	}
	if _, ok := item.GetOperations().Get(strings.ToLower(method)); !ok {
		return false, nil
	}
	req := &http.Request{Method: method, URL: u, Header: http.Header{}}
	httpResponse := &http.Response{StatusCode: got.status, Header: got.header, Body: io.NopCloser(strings.NewReader(got.text))}
	if _, errs := ov.bodies.ValidateResponseBodyWithPathItem(req, httpResponse, item, res.path); len(errs) > 0 {
		return true, fmt.Errorf("%d: %v", got.status, errs)
	}
	return true, nil
}

// The responses to the recorded requests and to each route match the document, for a student with all
// bundles and for a student whose bundles are purged.
func TestResponsesMatchOpenAPI(t *testing.T) {
	t.Parallel()
	openAPI := newOpenAPIValidator(t)
	server := serveRecordedData(t, openStore(t), "testdata/wire")
	address := server.address()
	documentedCount, statuses := 0, map[int]bool{}
	check := func(name, method, target string, got *wireResponse) {
		documented, err := openAPI.check(method, target, got)
		if err != nil {
			t.Errorf("%s: %s %s: %v", name, method, target, err)
		}
		if documented {
			documentedCount++
			statuses[got.status] = true
		}
	}
	recordings := loadRecordings(t)
	for _, rec := range recordings {
		check(rec.Name, rec.Request.Method, rec.Request.Path, rec.replay(t, server))
	}
	t.Logf("%d of %d replayed responses have a documented route and method", documentedCount, len(recordings))
	for _, rt := range routes() {
		for _, user := range []string{"9001", "9002"} {
			path := exampleURL(basePath+rt.path, user)
			for _, headers := range [][]string{{}, {"Range: bytes=0-1"}, {"Range: bytes=9999999-"}, {"If-None-Match: *"}, {"Accept: image/png"}} {
				check("route", rt.method, path, sendRaw(t, address, rt.method, rawRequest(rt.method, path, sampleKey, headers...)))
			}
			check("session", rt.method, path, sendRaw(t, address, rt.method, rawRequest(rt.method, path, "", sessionHeaders(server.token)...)))
			check("no key", rt.method, path, sendRaw(t, address, rt.method, rawRequest(rt.method, path, "")))
		}
	}
	for _, status := range []int{200, 204, 206, 304, 400, 403, 404, 406, 409, 410, 415, 416, 429, 503} {
		if !statuses[status] {
			t.Errorf("no response with status %d was checked", status)
		}
	}
	t.Logf("checked %d responses", documentedCount)
}

// A response that does not match the document is an error.
func TestOpenAPIMismatch(t *testing.T) {
	t.Parallel()
	openAPI := newOpenAPIValidator(t)
	const account = `{"base_url":"https://x.example","canvas_guid":"g","id":1,"name":"n"}`
	for _, tt := range []struct {
		status     int
		media, old string
		new        string
	}{
		{200, "application/json", "", ""},
		{200, "application/json", `,"name":"n"`, ``},
		{200, "application/json", `"n"}`, `"n","more":1}`},
		{200, "application/json", `"id":1`, `"id":"1"`},
		{200, "application/json", `"id":1`, `"id":1.5`},
		{200, "application/json", `"g"`, `null`},
		{200, "text/html", "", ""},
		{418, "application/json", "", ""},
		{404, "application/json", "", ""},
	} {
		text := strings.Replace(account, tt.old, tt.new, 1)
		got := newWireResponse(tt.status, http.Header{"Content-Type": {tt.media}}, text)
		documented, err := openAPI.check("GET", "/lti/api/account/1/", got)
		if valid := tt.status == 200 && tt.media == "application/json" && text == account; !documented || (err == nil) != valid {
			t.Errorf("check(%d %s %s) = %t, %v, want valid: %t", tt.status, tt.media, text, documented, err, valid)
		}
	}
}
