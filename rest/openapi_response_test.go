package rest

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/momotor/resultgraph/internal/fault"
)

// responses returns the responses of a route: its responses in the contract, and the responses that
// every route can have.
func (ob *openAPIBuilder) responses(rt route, doc contractRoute) (list jsonObject) {
	all := map[string]jsonObject{
		"401": componentRef("responses", "Unauthorized"), "403": componentRef("responses", "Forbidden"),
		"404": errorResponse("The object does not exist, or the key has no access to it.", stockMessage(fault.NotFound)),
		"406": componentRef("responses", "NotAcceptable"), "429": componentRef("responses", "Throttled"), "503": componentRef("responses", "Unavailable"),
	}
	for status, text := range doc.Statuses {
		if response := ob.contractResponse(rt, doc, status, text); response != nil {
			all[status] = response
		}
	}
	switch {
	case rt.replacesObject():
		all["400"] = fieldErrorsResponse("The body is not a JSON object.", `{"non_field_errors":["Invalid data. Expected a dictionary, but got list."]}`)
		all["413"], all["415"] = componentRef("responses", "TooLarge"), componentRef("responses", "UnsupportedMediaType")
	case rt.isChange() && len(doc.Response)+len(doc.Statuses["400"]) > 0:
		all["413"], all["415"] = componentRef("responses", "TooLarge"), componentRef("responses", "UnsupportedMediaType")
		if len(doc.Response) > 0 {
			all["412"] = errorResponse("The current version is not in `If-Match`.", fault.Outdated.Message)
			all["200"] = all["200"].with("headers", headerRefs("ETag"))
		}
	case len(doc.Query) > 0:
		all["400"] = fieldErrorsResponse("A parameter is invalid.", `{"section":["A valid integer is required."]}`)
	case rt.extraTypes == csvType:
		all["400"] = fieldErrorsResponse("A parameter is invalid.", `{"bom":["`+msgNotBoolean+`"]}`)
	case rt.extraTypes == bundleTypes || rt.extraTypes == anyType:
		content := all["200"].get("content").(jsonObject)
		all["206"] = obj("description", "The requested range; several ranges as `multipart/byteranges`.",
			"headers", headerRefs("ETag", "Content-Disposition", "Content-Range"),
			"content", content.with("multipart/byteranges", obj()))
		all["304"] = obj("description", "The ETag of the file is in `If-None-Match`.", "headers", headerRefs("ETag"))
		all["416"] = errorResponse("The file has no such range.", stockMessage(notSatisfiable)).with("headers", headerRefs("Content-Range"))
	}
	if rt.operation == assignmentDetail {
		all["200"] = all["200"].with("headers", headerRefs("ETag"))
	}
	if isConditional(rt) {
		all["200"] = all["200"].with("headers", headerRefs("ETag"))
		all["304"] = obj("description", "The ETag of the response is in `If-None-Match`.", "headers", headerRefs("ETag"))
	}
	for status := range 600 {
		if response := all[strconv.Itoa(status)]; response != nil {
			list = list.with(strconv.Itoa(status), response)
		}
	}
	return list
}

// contractResponse returns a response of the contract. It returns nil for a status that every route
// can have.
func (ob *openAPIBuilder) contractResponse(rt route, doc contractRoute, status, text string) jsonObject {
	switch status {
	case "200":
		return ob.successResponse(rt, doc)
	case "204":
		return obj("description", text+".")
	case "400":
		return fieldErrorsResponse(text+".", fieldErrorExample(doc))
	case "404":
		return errorResponse(text+".", stockMessage(fault.NotFound))
	case "409", "410":
		return errorResponse(text+".", text)
	}
	return nil
}

// fieldErrorExample returns an example of the errors of an invalid body.
func fieldErrorExample(doc contractRoute) string {
	for _, f := range doc.Request {
		if f.Type == "boolean" && !f.Readonly {
			return `{"` + f.path + `":["Must be a valid boolean."]}`
		}
	}
	return `{}`
}

// successResponse returns the response with status 200.
func (ob *openAPIBuilder) successResponse(rt route, doc contractRoute) jsonObject {
	switch {
	case rt.extraTypes == csvType:
		return obj("description", "The table.", "headers", headerRefs("Content-Disposition"),
			"content", obj(csvType, obj("schema", obj("type", "string"), "example", firstLines(ob.fetch(rt.path, csvType), 4))))
	case rt.extraTypes == bundleTypes:
		return obj("description", "The bundle.", "headers", headerRefs("ETag", "Content-Disposition"),
			"content", obj("application/zip", binary(), "application/xml", binary()))
	case rt.extraTypes == anyType:
		return obj("description", "The file, with the media type of its name's extension. A text of at most 1 MiB that is UTF-8 has `charset=utf-8`, and other texts have no charset.",
			"headers", headerRefs("ETag", "Content-Disposition"), "content", obj(anyType, binary()))
	}
	schema := ob.responseSchema(rt.operation)
	if rt.isChange() && !rt.personOnly() {
		schema = ob.schemaRef("ChangedAssignment", ob.changedAssignmentSchema(rt.operation))
	}
	example := shortenLists(json.RawMessage(ob.fetch(rt.path, "application/json"))) // of GET for PUT and PATCH
	return obj("description", "OK.", "content", obj("application/json", obj("schema", schema, "example", example)))
}

// binary returns the schema of files.
func binary() jsonObject { return obj("schema", obj()) }

// errorResponse returns the response of an error with the member detail.
func errorResponse(text, detail string) jsonObject {
	return obj("description", text, "content", obj("application/json",
		obj("schema", componentRef("schemas", "Error"), "example", obj("detail", detail))))
}

// fieldErrorsResponse returns a response with the errors of fields.
func fieldErrorsResponse(text, example string) jsonObject {
	schema := obj("anyOf", []any{componentRef("schemas", "FieldErrors"), componentRef("schemas", "Error")})
	return obj("description", text, "content", obj("application/json", obj("schema", schema, "example", json.RawMessage(example))))
}

// sharedResponses returns the responses of all routes.
func sharedResponses() jsonObject {
	unauthenticated := stockMessage(fault.Unauthenticated)
	return obj(
		"Unauthorized", errorResponse("The status instead of 403 with the server flag `--rest-auth-status 401`.", unauthenticated).with("headers", headerRefs("WWW-Authenticate")),
		"Forbidden", errorResponse("The key is missing or invalid, or the route needs a signed-in person. The response does not say which.", unauthenticated),
		"NotAcceptable", errorResponse("`Accept` allows none of the media types of this route.", stockMessage(notAcceptable)),
		"Throttled", errorResponse("There were too many requests.", "Request was throttled. Expected available in 900 seconds.").with("headers", headerRefs("Retry-After")),
		"TooLarge", errorResponse("The body is too large.", tooLargeError(maxBodyBytes).Error()),
		"UnsupportedMediaType", errorResponse("The media type of the body is not supported.", `Unsupported media type "text/plain" in request.`),
		"Unavailable", errorResponse("A service that the server needs does not respond.", fault.Unavailable.Message),
	)
}

// errorSchemas returns the names and schemas of errors.
func errorSchemas() []any {
	message := obj("type", "string")
	return []any{
		"Error", obj("type", "object", "description", "An error.", "properties", obj("detail", message),
			"required", []string{"detail"}, "additionalProperties", false),
		"FieldErrors", obj("type", "object", "description", "The errors of each invalid field, by name.",
			"additionalProperties", obj("type", "array", "items", message, "minItems", 1)),
	}
}

// headerRefs returns references to shared headers.
func headerRefs(names ...string) (list jsonObject) {
	for _, name := range names {
		list = list.with(name, componentRef("headers", name))
	}
	return list
}

func sharedHeaders() (list jsonObject) {
	for _, h := range [][3]string{
		{"Allow", "The methods of the route.", "GET, PUT, PATCH, HEAD, OPTIONS"},
		{"Content-Disposition", "The name of the file, and whether to show or to save the file.", `attachment; filename="result.zip"`},
		{"Content-Range", "The range of the bytes, and the size of the file.", "bytes 0-99/1234"},
		{"ETag", "The version, for `If-None-Match` or `If-Match`.", `"0f5e"`},
		{"Retry-After", "The number of seconds to wait.", "900"},
		{"WWW-Authenticate", "The authentication scheme.", "Api-Key"},
	} {
		list = list.with(h[0], obj("description", h[1], "schema", obj("type", "string"), "example", h[2]))
	}
	return list
}

// shortenLists keeps two items of every list.
func shortenLists(value json.RawMessage) json.RawMessage {
	var shortened any = value
	switch value[0] {
	case '[':
		var items []json.RawMessage
		_ = json.Unmarshal(value, &items)
		items = items[:min(len(items), 2)]
		for i, item := range items {
			items[i] = shortenLists(item)
		}
		shortened = items
	case '{':
		o := jsonObject{}
		for _, m := range jsonMembers(value) {
			o = o.with(m.name, shortenLists(m.value))
		}
		shortened = o
	}
	text, _ := encodeCompact(shortened)
	return text
}

// firstLines returns the first n lines of a text.
func firstLines(text string, n int) string {
	lines := strings.SplitAfter(text, "\r\n")
	return strings.Join(lines[:min(n, len(lines))], "")
}
