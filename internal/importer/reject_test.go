package importer_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/importer"
)

// Every invalid line is rejected on its own, with a reason that names the field.
func TestReject(t *testing.T) {
	t.Parallel()
	raw := func(o object, old, new string) string { return strings.Replace(o.String(), old, new, 1) }
	const item = "result: account guid, course 1001, assignment 501, user 9001, attempt 1: "
	const id = "must be an integer from 1 to 9223372036854775807, not "
	const instant = "must be a time such as 2026-03-01T12:00:00Z, not "
	const inside = "must be a path inside the import folder with slashes, such as bundles/1.zip, not "
	step := object{"id": "a", "accepted": true}
	steps := func(s ...object) object { return result.with(object{"steps": []any{s}}) }
	tests := []struct{ line, want string }{
		{`{"type":"course",`, "course: the line is not JSON at byte 17: unexpected end of JSON input"},
		{`{"type":"course"} {}`, "course: the line is not JSON at byte 19: invalid character '{' after top-level value"},
		{`[1]`, ": the line is not a JSON object"},
		{`{}`, ": field type is missing"},
		{`{"type":"courses"}`, `: field type must be account, course, section, user, enrollment, assignment, result or api_key, not "courses"`},
		{`{"type":"course","name":"` + "\xff" + `"}`, "course: the line is not UTF-8"},
		{raw(course, `"code"`, `"name"`), "course: account guid, id 1001: field name is repeated"},
		{raw(course, `1001`, `"1001"`), `course: account guid, id 1001: field canvas_id ` + id + `"1001"`},
		{raw(course, `1001`, `1001.0`), "course: account guid, id 1001.0: field canvas_id " + id + "1001.0"},
		{raw(course, `1001`, `9223372036854775808`), "course: account guid, id 9223372036854775808: field canvas_id " + id + "9223372036854775808"},
		{raw(course, `1001`, `0`), "course: account guid, id 0: field canvas_id " + id + "0"},
		{raw(course, `"Programming"`, `null`), "course: account guid, id 1001: field name is null"},
		{raw(course, `"Programming"`, `"a\u0000b"`), `course: account guid, id 1001: field name must not contain the character U+0000, not "a\u0000b"`},
		{course.with(object{"name": strings.Repeat("é", 501)}).String(), "course: account guid, id 1001: field name must have at most 1000 bytes, and has 1002, not \"" + strings.Repeat("é", 19) + "…"},
		{account.with(object{"base_url": "https://" + strings.Repeat("a", 2000)}).String(), "account: guid guid: field base_url must have at most 2000 bytes, and has 2008, not \"https://" + strings.Repeat("a", 31) + "…"},
		{result.with(object{"summary": strings.Repeat("a", 1<<20+1)}).String(), item + "field summary must have at most 1048576 bytes, and has 1048577, not \"" + strings.Repeat("a", 39) + "…"},
		{raw(course, `"active"`, `"Active"`), "course: account guid, id 1001: field active is missing; field Active is unknown (--lenient ignores it)"},
		{course.with(object{"account": "other"}).String(), "course: account other, id 1001: account other is unknown; it must be in the manifest or in the store"},
		{account.with(object{"canvas_guid": "", "base_url": "javascript:alert(1)", "id": 1 << 60}).String(), `account: field canvas_guid must be a string of 1 to 255 bytes, not ""; ` +
			`field base_url must be a URL that starts with https:// or http://, not "javascript:alert(1)"; field id must be an integer from 1 to 9007199254740991, not 1152921504606846976`},
		{section.with(object{"course": 7}).String(), "section: account guid, id 11: course 7 of account guid is unknown; it must be in the manifest or in the store"},
		{enrollment.with(object{"role": "owner"}).String(), `enrollment: account guid, course 1001, user 9001, role owner, section 11: field role must be teacher, ta, designer or student, not "owner"`},
		{enrollment.with(object{"section": 7}).String(), "enrollment: account guid, course 1001, user 9001, role student, section 7: section 7 of course 1001 of account guid is unknown; it must be in the manifest or in the store"},
		{enrollment.with(object{"user": 7}).String(), "enrollment: account guid, course 1001, user 7, role student, section 11: user 7 of account guid is unknown; it must be in the manifest or in the store"},
		{assignment.with(object{"canvas_id": 5, "recipe": "config.xml"}).String(), "assignment: account guid, course 1001, id 5: the bundle config.xml: it is a config bundle, but must be a recipe bundle"},
		{result.with(object{"assignment": 7}).String(), "result: account guid, course 1001, assignment 7, user 9001, attempt 1: assignment 7 of course 1001 of account guid is unknown; it must be in the manifest or in the store"},
		{result.with(object{"attempt": 1 << 31}).String(), "result: account guid, course 1001, assignment 501, user 9001, attempt 2147483648: field attempt must be an integer from 1 to 2147483647, not 2147483648"},
		{result.with(object{"submitted_at": "yesterday", "queued_at": "2026-03-01 12:00:00Z"}).String(), item + "field submitted_at " + instant + `"yesterday"; field queued_at ` + instant + `"2026-03-01 12:00:00Z"`},
		{result.with(object{"state": "finished", "progress": -0.5, "score": "5"}).String(), item + `field state must be paused, queued, processing or done, not "finished"; field progress must be a number from 0 to 1, not -0.5; field score must be a number, not "5"`},
		{raw(result.with(object{"score": 5}), `"score":5`, `"score":1e999`), item + "field score must be a number from -1e15 to 1e15, not 1e999"},
		{raw(result.with(object{"score": 5}), `"score":5`, `"score":-1.1e15`), item + "field score must be a number from -1e15 to 1e15, not -1.1e15"},
		{result.with(object{"group": []any{9001, 7}}).String(), item + "user 7 of account guid is unknown; it must be in the manifest or in the store"},
		{result.with(object{"group": []any{"x"}}).String(), item + `field group must be a list of Canvas ids, and each must be an integer from 1 to 9223372036854775807, not ["x"]`},
		{result.with(object{"results": "../result.xml"}).String(), item + "field results " + inside + `"../result.xml"`},
		{result.with(object{"results": "/etc/passwd"}).String(), item + "field results " + inside + `"/etc/passwd"`},
		{result.with(object{"results": `a\b`}).String(), item + "field results " + inside + `"a\\b"`},
		{steps(step.with(object{"details": strings.Repeat("a", 1<<20)})).String(), item + "field steps[0][0].details must have at most 1048576 bytes, and has 1048578, not \"" + strings.Repeat("a", 39) + "…"},
		{result.with(object{"results": "none.xml"}).String(), item + "the bundle none.xml cannot be read: the file does not exist"},
		{result.with(object{"results": "sub"}).String(), item + "the bundle sub cannot be read: it is not a regular file"},
		{result.with(object{"results": "link.xml"}).String(), item + "the bundle link.xml cannot be read: path escapes from parent"},
		{result.with(object{"results": "broken.xml"}).String(), item + "the bundle broken.xml: result.xml line 3: element <result> closed by </results>; <result> was opened on line 2"},
		{result.with(object{"results": "noxml.zip"}).String(), item + "the bundle noxml.zip: the zip has no recipe.xml, config.xml, product.xml or result.xml in its root; it has sub/result.xml: pack the contents of the folder, without the folder itself"},
		{result.with(object{"results": "result.xml", "gone": []string{"full"}}).String(), item + "field gone lists full, but field results names that bundle"},
		{result.with(object{"gone": []string{"all"}}).String(), item + `field gone must be a list of basic, full and product, and each must be one of them, not ["all"]`},
		{steps(step.with(object{"id": "a\x1fb"})).String(), item + `field steps[0][0].id must have no control characters, not "a\u001fb"`},
		{steps(step.with(object{"accepted": nil, "id": 5})).String(), item + `field steps[0][0].id must be a string of 1 to 255 bytes, not 5; field steps[0][0].accepted is missing`},
		{steps(step, step).String(), item + "field steps[0][1].id is the id of an earlier step: a"},
		{steps(step.with(object{"points": 1})).String(), item + "field steps[0][0].points is unknown (--lenient ignores it)"},
		{result.with(object{"steps": []any{step}}).String(), item + `field steps must be a list of lists of steps, not [{"accepted":true,"id":"a"}]`},
		{apiKey.with(object{"prefix": "AAAAAAAA.secret", "hashed_key": "plain"}).String(), "api key: prefix AAAAAAAA: field prefix must be the part of the key before the dot: 1 to 32 visible ASCII characters; " +
			"field hashed_key is not a usable key hash: its algorithm is unknown; known are sha512, pbkdf2_sha256, pbkdf2_sha1, argon2, bcrypt_sha256 and bcrypt"},
		{`{"type":"user","name":"` + strings.Repeat("x", 17<<20) + `"}`, ": the line is longer than 16 MB; move its details to a results bundle"},
	}
	dir := t.TempDir()
	write := func(name, content string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f := newFolder(t)
	f.add(school...)
	var want []string
	for _, test := range tests {
		f.lines = append(f.lines, test.line)
		want = append(want, test.want)
	}
	for name, file := range f.files {
		write(name, string(file.Data))
	}
	os.Mkdir(filepath.Join(dir, "sub"), 0o700)
	os.Symlink("/etc/passwd", filepath.Join(dir, "link.xml"))
	write("broken.xml", "<results>\n<result step='a' outcome='pass'>\n</results>")
	write("noxml.zip", makeZip(t, fstest.MapFS{"sub/result.xml": {Data: []byte("<results/>")}}))
	write(importer.Manifest, strings.Join(f.lines, "\r\n"))

	files, closer, err := importer.OpenPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer closer.Close()
	p := newTarget(t, dbtest.MigratedSQLite(t))
	report, err := p.importer().Run(t.Context(), files)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range report.Rejections {
		if i < len(want) && (r.File != importer.Manifest || r.Line != len(school)+1+i || r.Item+": "+r.Reason != want[i]) {
			t.Errorf("%s\nwant line %d: %s", r, len(school)+1+i, want[i])
		}
	}
	if got := report.RejectedLines(); got != len(tests) {
		t.Errorf("rejected %d lines, want %d", got, len(tests))
	}
	if got := p.query(t, "SELECT count(*) AS n FROM enrollment")[0]; got != "n=1 " {
		t.Errorf("enrollments: %s, want that of the valid line", got)
	}
}
