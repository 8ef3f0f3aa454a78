package graph_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/graph"
	"github.com/momotor/resultgraph/graph/exec"
	"github.com/momotor/resultgraph/internal/access"
)

// hostileValues are JSON values by scalar type of the schema. Some are valid, but beyond what a
// database can hold or compare.
var hostileValues = map[string][]string{
	"String":   hostileTexts,
	"ID":       append(hostileTexts, hostileIDs()...),
	"Int":      hostileNumbers,
	"BigInt":   append(hostileNumbers, `"12\u0000"`, `"99999999999999999999"`),
	"Float":    append(hostileNumbers, `1e308`, `-1e308`, `1e-320`, `"Infinity"`, `"1\u0000"`),
	"Date":     {`"0000-01-01"`, `"9998-12-31"`, `"0001-01-01"`, `"2024-02-30"`, `"2026-09-06\u0000"`, `""`, `5`, `{}`},
	"TimeZone": {`"Mars/Olympus"`, `"../UTC"`, `"Local"`, `"UTC\u0000"`, `""`, `5`, `{}`},
	"Boolean":  {`"true"`, `0`, `[true]`, `{}`},
	"DateTime": {`"0000-01-01T00:00:00Z"`, `"0001-01-01T00:00:00+23:59"`, `"9998-12-31T23:59:59-23:59"`, `"9999-12-31T23:59:59Z"`, `"2024-02-30T00:00:00Z"`, `"2024-07-01T10:00:00\u0000Z"`, `""`, `5`, `{}`},
	"Upload":   {`"a text"`, `""`, `5`, `true`, `{}`, `[]`, `{"File":null}`},
	"JSON":     {`"\u0000"`, `{"\u0000": 1e400}`, `[]`, `5`, strings.Repeat("[", 90) + strings.Repeat("]", 90)},
	"enum":     {`"NOPE"`, `"\u0000"`, `5`, `true`, `{}`},
}

var (
	hostileTexts   = []string{`"\u0000"`, `"a\u0000b"`, `"\ud800"`, `"\uffff\ufffe"`, `"` + strings.Repeat("x", 20_000) + `"`, `""`, `"' OR 1=1 --"`, `"%_\\"`, `5`, `true`, `{}`, `["\u0000"]`}
	hostileNumbers = []string{`2147483648`, `-2147483649`, `9223372036854775807`, `-9223372036854775808`, `9223372036854775808`, `1e400`, `1e3`, `0.5`, `-1`, `"NaN"`, `"1"`, `true`, `{}`, `[[1]]`}
)

// hostileIDs are global ids of all types with the largest and smallest numbers.
func hostileIDs() (ids []string) {
	for typeName, columns := range db.NodeKeys {
		for _, n := range []int64{1<<63 - 1, -1 << 63, 1 << 31} {
			id := db.NodeID{Type: typeName}
			for i := range columns {
				id.Key[i] = n
			}
			ids = append(ids, `"`+id.String()+`"`)
		}
	}
	slices.Sort(ids)
	return ids
}

// A hostileOperation is an operation with one variable for an argument of a field.
type hostileOperation struct {
	argument string // as Type.field(argument:)
	name     string // of the argument
	typ      *ast.Type
	document string // with %s for a declaration of the variable $v and for its use
}

// hostileOperations returns an operation for each argument of each field of the schema that is
// reachable from Query or Mutation.
func hostileOperations(t *testing.T, g *operationGenerator, ref string) (ops []hostileOperation) {
	t.Helper()
	type path struct{ typeName, open, end string }
	paths := []path{
		{"Query", "query%s {", "}"}, {"Account", `query%s { account(canvasGuid: "guidone") {`, "} }"},
		{"Mutation", "mutation%s {", "}"},
	}
	seen := map[string]bool{"Query": true, "Account": true, "Mutation": true}
	for len(paths) > 0 {
		p := paths[0]
		paths = paths[1:]
		for _, f := range g.schema.Types[p.typeName].Fields {
			child := g.schema.Types[f.Type.Name()]
			selection := " { __typename }"
			switch {
			case child.IsLeafType():
				selection = ""
			case child.Name == "Histogram": // its fields evaluate the arguments
				selection = " { edges counts below }"
			}
			for _, arg := range f.Arguments {
				if !strings.HasPrefix(f.Name, "__") {
					others := otherArguments(t, f, arg.Name, ref)
					ops = append(ops, hostileOperation{
						fmt.Sprintf("%s.%s(%s:)", p.typeName, f.Name, arg.Name), arg.Name, arg.Type,
						p.open + " " + f.Name + "(" + arg.Name + ": %s" + others + ")" + selection + p.end,
					})
				}
			}
			if !child.IsLeafType() && !seen[child.Name] && !strings.HasPrefix(child.Name, "__") && p.typeName != "Mutation" && child.Kind == ast.Object {
				seen[child.Name] = true
				paths = append(paths, path{child.Name, p.open + " " + f.Name + g.requiredArguments(f) + " {", p.end + " }"})
			}
		}
	}
	return ops
}

// otherArguments returns the required arguments of a field except one, each after a comma.
func otherArguments(t *testing.T, f *ast.FieldDefinition, except, ref string) string {
	t.Helper()
	valid := map[string]string{
		"result.userCanvasId": "1001001", "groups.by": "[STATE]", "updateAssignment.assignment": ref, "updateAssignment.input": "{}",
		"evaluateResults.assignment": ref, "evaluateResults.evaluate": "{results: []}",
		"setPreferences.course": "{path: {accountMomotorId: 1, canvasId: 1001}}", "setPreferences.value": "{a: 1}",
		"uploadScores.assignment": ref, "uploadScores.input": "{passed: true, failed: false, replaceExisting: false}",
	}
	var b strings.Builder
	for _, arg := range f.Arguments {
		if arg.Name != except && arg.Type.NonNull && arg.DefaultValue == nil {
			value, ok := valid[f.Name+"."+arg.Name]
			if !ok {
				t.Fatalf("there is no valid value of %s.%s", f.Name, arg.Name)
			}
			fmt.Fprintf(&b, ", %s: %s", arg.Name, value)
		}
	}
	return b.String()
}

// hostileInputs returns JSON values of a type, each with one hostile value in it.
func (g *operationGenerator) hostileInputs(t *ast.Type) (inputs []string) {
	if t.Elem != nil {
		for _, item := range g.hostileInputs(t.Elem) {
			inputs = append(inputs, "["+item+"]")
		}
		return append(inputs, "{}", `"\u0000"`)
	}
	def := g.schema.Types[t.NamedType]
	switch def.Kind {
	case ast.Enum:
		return hostileValues["enum"]
	case ast.InputObject:
		for _, f := range def.Fields {
			for _, value := range g.hostileInputs(f.Type) {
				inputs = append(inputs, fmt.Sprintf("{%q: %s%s}", f.Name, value, g.requiredFields(def, f.Name)))
			}
		}
		return append(inputs, `{}`, `{"\u0000": 1}`, `[]`, `5`, `"\u0000"`)
	}
	return hostileValues[t.NamedType]
}

// requiredFields returns the required fields of an input object except one, as JSON after a comma.
func (g *operationGenerator) requiredFields(def *ast.Definition, except string) (text string) {
	for _, f := range def.Fields {
		if f.Type.NonNull && f.DefaultValue == nil && f.Name != except {
			text += fmt.Sprintf(", %q: %s", f.Name, g.validInput(f.Type))
		}
	}
	return text
}

// validInput returns a JSON value of a type.
func (g *operationGenerator) validInput(t *ast.Type) string {
	if t.Elem != nil {
		return "[" + g.validInput(t.Elem) + "]"
	}
	def := g.schema.Types[t.NamedType]
	switch {
	case def.Kind == ast.Enum:
		return strconv.Quote(def.EnumValues[0].Name)
	case def.Directives.ForName("oneOf") != nil:
		return fmt.Sprintf("{%q: %s}", def.Fields[0].Name, g.validInput(def.Fields[0].Type))
	case def.Kind == ast.InputObject:
		return "{" + strings.TrimPrefix(g.requiredFields(def, ""), ", ") + "}"
	}
	return map[string]string{
		"String": `"x"`, "ID": `"` + db.NodeID{Type: "Account"}.String() + `"`, "Int": "1", "BigInt": "1", "Boolean": "true", "Float": "1.5", "Date": `"2026-09-06"`, "TimeZone": `"Europe/Amsterdam"`, "DateTime": `"2024-07-01T10:00:00Z"`,
		"JSON": `{"a": 1}`,
	}[t.NamedType]
}

// jsonName matches the name of a member of a JSON object.
var jsonName = regexp.MustCompile(`"(\w+)":`)

// enumText matches the hostile texts that are names of enum values as literals.
var enumText = regexp.MustCompile(`"(NOPE)"`)

// goTypes matches the names of Go types, which messages must not contain.
var goTypes = regexp.MustCompile(`json\.|graphql\.|map\[|interface|int64|float64|strconv|%!`)

// Whatever an argument holds, as a variable or as a literal, the error is the client's and has a
// message for clients, on both databases and on both paths.
func TestHostileArguments(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		ms := newMutationServer(t, s)
		if err := s.UpsertCanvasAccess(t.Context(), &db.CanvasAccess{AccountID: ms.course.account.MomotorID, Token: []byte("sealed")}); err != nil {
			t.Fatal(err)
		}
		g := &operationGenerator{schema: exec.NewExecutableSchema(exec.Config{}).Schema()}
		ops := hostileOperations(t, g, ms.ref())
		if len(ops) < 60 {
			t.Fatalf("only %d arguments are reachable", len(ops))
		}
		for _, disableFastPath := range []bool{false, true} {
			server := newServerWith(ms, disableFastPath)
			tested := map[string]int{} // the number of arguments by name and type
			for _, op := range ops {
				inputs := g.hostileInputs(op.typ)
				repeats := tested[op.name+op.typ.String()]
				tested[op.name+op.typ.String()]++
				withVariable := fmt.Sprintf(op.document, "($v: "+op.typ.String()+")", "$v")
				valid := g.validInput(op.typ)
				for _, code := range expectNoInternalError(t, server, ms.teacher(), op.argument+" = "+valid, withVariable, `{"v": `+valid+`}`) {
					if strings.HasPrefix(code, "GRAPHQL_") {
						t.Errorf("%s with %s = %s, want an operation that runs", withVariable, valid, code)
					}
				}
				for i, input := range inputs {
					if repeats > 0 && i%5 != repeats%5 {
						continue // arguments with the same name and type share the values
					}
					expectNoInternalError(t, server, ms.teacher(), op.argument+" = "+input, withVariable, `{"v": `+input+`}`)
					literal := enumText.ReplaceAllString(jsonName.ReplaceAllString(input, "$1:"), "$1")
					expectNoInternalError(t, server, ms.teacher(), op.argument+" = literal "+input, fmt.Sprintf(op.document, "", literal), "{}")
				}
			}
		}
	})
}

// expectNoInternalError sends an operation, and fails the test for an error that is not the
// client's or has a message about the program. It returns the codes of all errors.
func expectNoInternalError(t *testing.T, h *graph.Server, p *access.Principal, name, document, variables string) (codes []string) {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": document, "variables": json.RawMessage(variables)})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(string(body)))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	h.ServeCaller(w, r.WithContext(access.WithPrincipal(r.Context(), p)))
	var reply struct {
		Errors []struct {
			Message    string
			Extensions struct{ Code string }
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &reply); err != nil {
		t.Fatalf("%s: %v in %s", abbreviate(name), err, w.Body)
	}
	for _, e := range reply.Errors {
		codes = append(codes, e.Extensions.Code)
		switch {
		case e.Extensions.Code == "INTERNAL", e.Extensions.Code == "UNAVAILABLE", e.Extensions.Code == "", goTypes.MatchString(e.Message):
			t.Errorf("%s: %s %q", abbreviate(name), e.Extensions.Code, abbreviate(e.Message))
		}
	}
	return codes
}

func abbreviate(s string) string {
	if len(s) > 300 {
		return s[:300] + "…"
	}
	return s
}

// A file of a form in place of another type is the client's error.
func TestFileAsOtherType(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		ms := newMutationServer(t, s)
		for typ, selection := range map[string]string{
			"String": "account(canvasGuid: $v)", "ID!": "node(id: $v)", "[ID!]!": "nodes(ids: $v)", "Int": "accounts(first: $v)", "BigInt": "account(momotorId: $v)",
			"CourseFilter": `account(canvasGuid: "guidone") { courses(filter: $v)`, "Boolean": `account(canvasGuid: "guidone") { courses(filter: {active: $v})`,
			"DateTime":    `account(canvasGuid: "guidone") { course(canvasId: 1001) { results(filter: {submittedFrom: $v})`,
			"ResultState": `account(canvasGuid: "guidone") { course(canvasId: 1001) { results(filter: {state: $v})`,
		} {
			document := "query($v: " + typ + ") { " + selection + " { __typename" + strings.Repeat(" }", 2+strings.Count(selection, ") {"))
			operations, err := json.Marshal(map[string]any{"query": document, "variables": map[string]any{"v": nil}})
			if err != nil {
				t.Fatal(err)
			}
			var body bytes.Buffer
			form := multipart.NewWriter(&body)
			form.WriteField("operations", string(operations))
			form.WriteField("map", `{"file": ["variables.v"]}`)
			part, _ := form.CreateFormFile("file", "a.txt")
			part.Write([]byte("text"))
			form.Close()
			got := ms.send(t, ms.teacher(), form.FormDataContentType(), &body)
			if code := got.String(); code != "BAD_USER_INPUT" && code != "GRAPHQL_VALIDATION_FAILED" {
				t.Errorf("%s with a file = %s %+v", document, code, got.Errors)
			}
		}
	})
}
