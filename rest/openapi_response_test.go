package rest

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/momotor/resultgraph/internal/fault"
)

// responses are those of a route: the documented ones, and those that every route has.
func (m *manual) responses(rt route, doc documented) (list object) {
	all := map[string]object{
		"401": refer("responses", "Unauthorized"), "403": refer("responses", "Forbidden"),
		"404": failure("There is no such thing, or the key may not see it.", stock(fault.NotFound)),
		"406": refer("responses", "NotAcceptable"), "429": refer("responses", "Throttled"), "503": refer("responses", "Unavailable"),
	}
	for status, text := range doc.Statuses {
		if response := m.documentedResponse(rt, doc, status, text); response != nil {
			all[status] = response
		}
	}
	switch {
	case rt.changes() && len(doc.Response)+len(doc.Statuses["400"]) > 0:
		all["413"], all["415"] = refer("responses", "TooLarge"), refer("responses", "UnsupportedMediaType")
		if len(doc.Response) > 0 {
			all["412"] = failure("It is of another version than `If-Match` names.", fault.Outdated.Message)
			all["200"] = all["200"].with("headers", headersNamed("ETag"))
		}
	case len(doc.Query) > 0:
		all["400"] = fieldErrors("A parameter is not valid.", `{"section":["A valid integer is required."]}`)
	case rt.media == archive || rt.media == anything:
		content := all["200"].get("content").(object)
		all["206"] = obj("description", "The range that was asked for; several of them as `multipart/byteranges`.",
			"headers", headersNamed("ETag", "Content-Disposition", "Content-Range"),
			"content", content.with("multipart/byteranges", obj()))
		all["304"] = obj("description", "The file is the one that `If-None-Match` names.", "headers", headersNamed("ETag"))
		all["416"] = failure("The file has no such range.", stock(notSatisfiable)).with("headers", headersNamed("Content-Range"))
	}
	for status := range 600 {
		if response := all[strconv.Itoa(status)]; response != nil {
			list = list.with(strconv.Itoa(status), response)
		}
	}
	return list
}

// documentedResponse is one of the documentation's, nil for those that every route has alike.
func (m *manual) documentedResponse(rt route, doc documented, status, text string) object {
	switch status {
	case "200":
		return m.success(rt, doc)
	case "204":
		return obj("description", text+".")
	case "400":
		return fieldErrors(text+".", badField(doc))
	case "404":
		return failure(text+".", stock(fault.NotFound))
	case "409", "410":
		return failure(text+".", text+".")
	}
	return nil
}

// badField is an example of what is wrong with a body.
func badField(doc documented) string {
	for _, f := range doc.Request {
		if f.Type == "boolean" && !f.Readonly {
			return `{"` + f.path + `":["Must be a valid boolean."]}`
		}
	}
	return `{}`
}

// success is the answer that a route is for.
func (m *manual) success(rt route, doc documented) object {
	switch {
	case rt.media == comma:
		return obj("description", "The table.", "headers", headersNamed("Content-Disposition"),
			"content", obj(comma, obj("schema", obj("type", "string"), "example", firstLines(m.ask(rt.path, comma), 4))))
	case rt.media == archive:
		return obj("description", "The bundle.", "headers", headersNamed("ETag", "Content-Disposition"),
			"content", obj("application/zip", binary(), "application/xml", binary()))
	case rt.media == anything:
		return obj("description", "The file, with the media type that the ending of its name tells.",
			"headers", headersNamed("ETag", "Content-Disposition"), "content", obj(anything, binary()))
	case rt.operation == "" && len(doc.Response) == 0:
		return obj("description", "OK.", "content", obj("application/json", obj("schema", obj("type", "object"))))
	}
	operation := rt.operation
	if rt.changes() {
		operation = "AssignmentDetail" // what PUT and PATCH answer too
	}
	example := trim(json.RawMessage(m.ask(rt.path, "application/json")))
	return obj("description", "OK.", "content", obj("application/json", obj("schema", m.answered(operation), "example", example)))
}

// binary is content that is not described any further.
func binary() object { return obj("schema", obj()) }

// failure is an answer that tells what went wrong.
func failure(text, detail string) object {
	return obj("description", text, "content", obj("application/json",
		obj("schema", refer("schemas", "Error"), "example", obj("detail", detail))))
}

// fieldErrors is an answer that tells what is wrong with which field.
func fieldErrors(text, example string) object {
	schema := obj("anyOf", []any{refer("schemas", "FieldErrors"), refer("schemas", "Error")})
	return obj("description", text, "content", obj("application/json", obj("schema", schema, "example", json.RawMessage(example))))
}

// stockResponses are those that every route has.
func stockResponses() object {
	unauthenticated := stock(fault.Unauthenticated)
	return obj(
		"Unauthorized", failure("In place of 403, where the server is set up so.", unauthenticated).with("headers", headersNamed("WWW-Authenticate")),
		"Forbidden", failure("The key is missing or not valid; nothing tells which. Or it is a person who is needed.", unauthenticated),
		"NotAcceptable", failure("`Accept` has none of the media types of this route.", stock(notAcceptable)),
		"Throttled", failure("Too often: wait.", "Request was throttled. Expected available in 900 seconds.").with("headers", headersNamed("Retry-After")),
		"TooLarge", failure("The body is larger than it may be.", tooLarge(mostBody).Error()),
		"UnsupportedMediaType", failure("The body is of another type.", `Unsupported media type "text/plain" in request.`),
		"Unavailable", failure("What the server depends on does not answer.", fault.Unavailable.Message),
	)
}

// errorSchemas are names and schemas of what errors say.
func errorSchemas() []any {
	message := obj("type", "string")
	return []any{
		"Error", obj("type", "object", "description", "What went wrong.", "properties", obj("detail", message),
			"required", []string{"detail"}, "additionalProperties", false),
		"FieldErrors", obj("type", "object", "description", "What is wrong with each bad field, by its name.",
			"additionalProperties", obj("type", "array", "items", message, "minItems", 1)),
	}
}

// headersNamed refers to headers.
func headersNamed(names ...string) (list object) {
	for _, name := range names {
		list = list.with(name, refer("headers", name))
	}
	return list
}

func headers() (list object) {
	for _, h := range [][3]string{
		{"Allow", "The methods of the route.", "GET, PUT, PATCH, HEAD, OPTIONS"},
		{"Content-Disposition", "The file's name, and whether to show or to keep it.", `attachment; filename="result.zip"`},
		{"Content-Range", "Which bytes these are, of how many.", "bytes 0-99/1234"},
		{"ETag", "The file's version, for `If-None-Match`.", `"0f5e"`},
		{"Retry-After", "The seconds to wait.", "900"},
		{"WWW-Authenticate", "The scheme of keys.", "Api-Key"},
	} {
		list = list.with(h[0], obj("description", h[1], "schema", obj("type", "string"), "example", h[2]))
	}
	return list
}

// trim leaves two items of every list: so much that the form can be seen.
func trim(value json.RawMessage) json.RawMessage {
	var short any = value
	switch value[0] {
	case '[':
		var items []json.RawMessage
		_ = json.Unmarshal(value, &items)
		items = items[:min(len(items), 2)]
		for i, item := range items {
			items[i] = trim(item)
		}
		short = items
	case '{':
		o := object{}
		for _, m := range members(value) {
			o = o.with(m.name, trim(m.value))
		}
		short = o
	}
	text, _ := compact(short)
	return text
}

// firstLines returns so many lines of a text.
func firstLines(text string, n int) string {
	lines := strings.SplitAfter(text, "\r\n")
	return strings.Join(lines[:min(n, len(lines))], "")
}
