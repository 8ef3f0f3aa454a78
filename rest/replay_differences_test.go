package rest

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// A difference is an intended difference from the recorded responses. The README has a row with its
// name and the reason.
type difference struct {
	name string
	// apply changes the recorded response into the expected one, or removes the parts of the
	// actual response that cannot be compared. It reports whether it changed anything.
	apply func(rec *recording, want, got *wireResponse) bool
}

var differences = []difference{
	{"Ids with a dot", func(rec *recording, want, _ *wireResponse) bool {
		if rec.Name != "account.dot" {
			return false
		}
		want.setNoObject()
		return true
	}},
	{"Unknown routes", func(_ *recording, want, _ *wireResponse) bool {
		if want.status != 404 || want.header.Get("Content-Type") != "text/html" {
			return false
		}
		want.setError(404, "Not found.")
		return true
	}},
	{"Ids beyond 64 bits", func(rec *recording, want, _ *wireResponse) bool {
		if want.status != 500 || rec.Request.Method != "GET" {
			return false
		}
		want.setNoObject()
		return true
	}},
	{"Authorization header", func(rec *recording, want, got *wireResponse) bool {
		switch rec.Name {
		case "auth.lowercase_scheme", "auth.trailing_space":
			want.status, want.tree = 200, got.tree // the recording auth.good compares the body
		case "auth.prefixed_scheme":
			want.setError(403, "Authentication credentials were not provided.")
		default:
			return false
		}
		return true
	}},
	{"Unchanged responses", func(_ *recording, want, got *wireResponse) bool {
		if got.header.Get("Vary") != "Accept, Cookie, Authorization" {
			return false
		}
		want.header.Set("Vary", got.header.Get("Vary"))
		return true
	}},
	{"File URLs", func(_ *recording, _, got *wireResponse) bool {
		bundleURL := regexp.MustCompile(`^http://lti\.example\.edu/bundles/[\w-]+/((\w+)\.\w+)$`)
		return got.replaceStrings(func(_, s string) string {
			return bundleURL.ReplaceAllString(s, "http://lti.example.edu/lti/media/$2/$1")
		})
	}},
	{"state", func(_ *recording, want, _ *wireResponse) bool {
		return want.replaceStrings(func(name, s string) string {
			if name == "state" && (s == "pass" || s == "fail") {
				return "done"
			}
			return s
		})
	}},
	{"sequence_id", func(_ *recording, want, got *wireResponse) bool {
		wantChanged := want.changeObjects(func(o map[string]any) bool { return deleteMember(o, "sequence_id") })
		gotChanged := got.changeObjects(func(o map[string]any) bool {
			_, isNumber := o["sequence_id"].(json.Number)
			return isNumber && deleteMember(o, "sequence_id")
		})
		return wantChanged || gotChanged
	}},
	{"user", func(_ *recording, _, got *wireResponse) bool {
		return got.changeObjects(func(o map[string]any) bool {
			isUser := o["sortable_name"] != nil
			return isUser && deleteMember(o, "login_id") && deleteMember(o, "sections")
		})
	}},
	{"steps", func(_ *recording, _, got *wireResponse) bool {
		return got.changeObjects(func(o map[string]any) bool {
			list, ok := o["steps"].([]any)
			if !ok {
				return false
			}
			var flat []any
			for _, tasks := range list {
				flat = append(flat, tasks.([]any)...)
			}
			o["steps"] = flat
			return true
		})
	}},
	{"Missing slash", func(rec *recording, want, got *wireResponse) bool {
		status := map[string]int{"route.no_slash_put": 200, "route.no_slash_post": 409}[rec.Name]
		if status == 0 {
			return false
		}
		want.status, want.tree, want.header = status, got.tree, got.header
		return true
	}},
	{"JSON errors", func(rec *recording, want, got *wireResponse) bool {
		if rec.Name == "patch.deep" {
			want.setError(400, "JSON parse error - ")
			want.header = got.header
		}
		return copyMessage(want, got, "JSON parse error - ")
	}},
	{"Truncated forms", func(rec *recording, want, got *wireResponse) bool {
		if rec.Name != "patch.multipart_truncated" {
			return false
		}
		want.setError(400, "Multipart form parse error - ")
		return copyMessage(want, got, "Multipart form parse error - ")
	}},
	{"Result ids", func(rec *recording, want, got *wireResponse) bool {
		if !strings.HasPrefix(rec.Name, "patch.evaluate_list_") && rec.Name != "patch.evaluate_json_list" {
			return false
		}
		want.status, want.tree = 400, map[string]any{"evaluate": []any{"The assignment has no result with the id 1."}}
		return true
	}},
	{"Bundles", func(rec *recording, want, got *wireResponse) bool {
		field := map[string]string{
			"patch.multipart_file": "recipefile", "patch.multipart_file_and_bool": "configfile",
			"patch.multipart_path_filename": "recipefile", "patch.multipart_long_filename": "recipefile",
		}[rec.Name]
		if field == "" {
			// The imported files remain.
			return want.changeObjects(func(o map[string]any) bool {
				names := map[string]any{}
				for _, name := range []string{"recipefile", "configfile"} {
					if file, ok := o[name].(map[string]any); ok {
						names[name] = file["name"]
					}
				}
				if len(names) == 0 || names["recipefile"] == "recipe.zip" && names["configfile"] == "config.xml" {
					return false
				}
				tree := got.tree.(map[string]any)
				o["recipefile"], o["configfile"] = tree["recipefile"], tree["configfile"]
				return names["recipefile"] != nil
			})
		}
		want.status, want.tree = 400, got.tree
		messages, _ := got.tree.(map[string]any)[field].([]any)
		return len(messages) == 1
	}},
	{"Missing booleans", func(rec *recording, want, _ *wireResponse) bool {
		if rec.Name != "put.form_missing_bools" && rec.Name != "put.multipart_missing_bools" {
			return false
		}
		return want.changeObjects(func(o map[string]any) bool {
			_, present := o["published"]
			if present {
				o["published"] = true
			}
			return present
		})
	}},
	{"204", func(_ *recording, want, _ *wireResponse) bool {
		if want.status != 204 {
			return false
		}
		want.header.Del("Content-Length")
		return true
	}},
	{"HTML", func(_ *recording, want, _ *wireResponse) bool {
		return want.changeObjects(func(o map[string]any) bool {
			renders, ok := o["renders"].([]any)
			if ok {
				o["renders"] = slices.DeleteFunc(renders, func(v any) bool { return v == "text/html" })
			}
			return ok
		})
	}},
	{"CSV files", func(_ *recording, want, got *wireResponse) bool {
		if want.header.Get("Content-Type") != "text/csv" {
			return false
		}
		want.header.Set("Content-Type", "text/csv; charset=utf-8")
		want.header.Set("Content-Disposition", `attachment; filename="2IP90 Assignment 1.csv"`)
		return true
	}},
	{"Range", func(rec *recording, want, _ *wireResponse) bool {
		if rec.Request.Headers["Range"] == "" {
			return false
		}
		want.status = 206
		return true
	}},
}

// copyMessage copies the actual error message to the expected response if both messages have
// the prefix.
func copyMessage(want, got *wireResponse, prefix string) bool {
	wantBody, _ := want.tree.(map[string]any)
	gotBody, _ := got.tree.(map[string]any)
	gotDetail, _ := gotBody["detail"].(string)
	wantDetail, _ := wantBody["detail"].(string)
	if !strings.HasPrefix(gotDetail, prefix) || !strings.HasPrefix(wantDetail, prefix) {
		return false
	}
	wantBody["detail"] = gotDetail
	return true
}

// setNoObject replaces the response by that of a route for reading, to the id of no object.
func (wr *wireResponse) setNoObject() {
	wr.setError(404, "Not found.")
	wr.header.Set("Allow", "GET, HEAD, OPTIONS")
	wr.header.Set("Vary", "Accept, Cookie")
}

// setError replaces the response by an error.
func (wr *wireResponse) setError(status int, detail string) {
	wr.withoutBody = false
	wr.status, wr.tree = status, map[string]any{"detail": detail}
	wr.header.Set("Content-Type", "application/json")
	wr.header.Del("Content-Length")
}

// changeObjects calls change for every object of the body, and reports whether an object changed.
func (wr *wireResponse) changeObjects(change func(map[string]any) bool) (changed bool) {
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, item := range v {
				walk(item)
			}
		case map[string]any:
			for _, name := range slices.Sorted(maps.Keys(v)) {
				walk(v[name])
			}
			changed = change(v) || changed
		}
	}
	walk(wr.tree)
	return changed
}

// replaceStrings replaces the strings that are members of objects.
func (wr *wireResponse) replaceStrings(replace func(name, s string) string) bool {
	return wr.changeObjects(func(o map[string]any) (changed bool) {
		for name, v := range o {
			if s, ok := v.(string); ok && replace(name, s) != s {
				o[name], changed = replace(name, s), true
			}
		}
		return changed
	})
}

func deleteMember(o map[string]any, name string) bool {
	_, ok := o[name]
	delete(o, name)
	return ok
}

// inReadme reports whether the README's table has the difference.
func (d *difference) inReadme(readme string) bool {
	return strings.Contains(readme, "\n| "+d.name+" |")
}
