package fault_test

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"regexp"
	"slices"
	"testing"

	"github.com/momotor/resultgraph/internal/fault"
)

// kinds are all kinds of failure by the name of their variable.
var kinds = map[string]*fault.Kind{
	"Unauthenticated": fault.Unauthenticated, "Forbidden": fault.Forbidden, "NotFound": fault.NotFound,
	"Gone": fault.Gone, "BadInput": fault.BadInput, "Conflict": fault.Conflict, "Outdated": fault.Outdated,
	"TooLarge": fault.TooLarge, "RateLimited": fault.RateLimited, "Unavailable": fault.Unavailable,
	"Internal": fault.Internal, "ClientClosed": fault.ClientClosed,
}

// TestKindsAreListed asserts that kinds has every kind of the package.
func TestKindsAreListed(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "fault.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var declared []string
	for _, d := range file.Decls {
		vars, ok := d.(*ast.GenDecl)
		if !ok || vars.Tok != token.VAR {
			continue
		}
		for _, spec := range vars.Specs {
			for _, name := range spec.(*ast.ValueSpec).Names {
				declared = append(declared, name.Name)
			}
		}
	}
	slices.Sort(declared)
	if listed := slices.Sorted(maps.Keys(kinds)); !slices.Equal(declared, listed) {
		t.Errorf("fault.go declares %v, but kinds has %v", declared, listed)
	}
}

// TestKinds asserts that every kind is complete, and that its name and message have the style of
// their readers.
func TestKinds(t *testing.T) {
	t.Parallel()
	name, sentence := regexp.MustCompile(`^[a-z ]+$`), regexp.MustCompile(`^[A-Z].*\.$`)
	for _, k := range kinds {
		if k.Code == "" || k.Status < 400 || !name.MatchString(k.Name) || !sentence.MatchString(k.Message) {
			t.Errorf("%+v is incomplete, or its name or message is not in the style", *k)
		}
	}
}

func TestDescribe(t *testing.T) {
	t.Parallel()
	own := fault.New(fault.Conflict, "The prefix is taken.")
	for _, tt := range []struct {
		err     error
		kind    *fault.Kind
		message string
	}{
		{fmt.Errorf("read course 7: %w", fault.NotFound), fault.NotFound, fault.NotFound.Message},
		{fmt.Errorf("create key: %w", own), fault.Conflict, own.Message},
		{errors.Join(errors.New("disk full"), fault.Unavailable), fault.Unavailable, fault.Unavailable.Message},
		{errors.New("the password is x"), fault.Internal, fault.Internal.Message},
	} {
		got := fault.Describe(tt.err)
		if got.Kind != tt.kind || got.Message != tt.message || fault.KindOf(tt.err) != tt.kind || !errors.Is(got, tt.kind) {
			t.Errorf("Describe(%v) = %v, %q, want %v, %q", tt.err, got.Kind, got.Message, tt.kind, tt.message)
		}
	}
	if k := fault.KindOf(nil); k != nil {
		t.Errorf("KindOf(nil) = %v, want nil", k)
	}
}
