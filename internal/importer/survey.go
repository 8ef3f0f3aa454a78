package importer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// The types of lines, in the order in which they are loaded.
const (
	typeAccount    = "account"
	typeCourse     = "course"
	typeSection    = "section"
	typeUser       = "user"
	typeEnrollment = "enrollment"
	typeAssignment = "assignment"
	typeResult     = "result"
	typeAPIKey     = "api_key"
)

func types() []string {
	return []string{typeAccount, typeCourse, typeSection, typeUser, typeEnrollment, typeAssignment, typeResult, typeAPIKey}
}

// survey counts the lines of the manifest and finds out which types there are. Lines of
// no known type are refused here, since no type will come to them.
func (r *run) survey(ctx context.Context) error {
	r.last = map[string]int{}
	refused := 0
	err := r.scan(ctx, func(l line) error {
		r.progress.Total++
		if typ := typeOf(l); typ != "" {
			r.last[typ] = l.no
		} else {
			r.refuse("", l, whyNoType(l))
			refused++
		}
		return nil
	})
	if err == nil {
		r.done(refused)
	}
	return err
}

// scan calls f with every line, whose text is valid until f returns. When f returns io.EOF
// it has seen enough.
func (r *run) scan(ctx context.Context, f func(line) error) error {
	file, err := r.open()
	if err != nil {
		return err
	}
	defer file.Close()
	lines := newLineReader(file)
	for {
		l, err := lines.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read %s after line %d: %w", Manifest, lines.no, err)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := f(l); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// typeOf returns the type of a line, "" when it is none of ours. It looks no further than
// it has to: whether the line is well-formed shows when it is read.
func typeOf(l line) string {
	value := member(l.text, "type")
	for _, typ := range types() {
		if len(value) == len(typ)+2 && value[0] == '"' && string(value[1:len(value)-1]) == typ {
			return typ
		}
	}
	return ""
}

// whyNoType says what is wrong with a line that typeOf finds no type in.
func whyNoType(l line) error {
	if l.long {
		return fmt.Errorf("the line is longer than %d MB: split it, or put the results into a bundle", maxLine>>20)
	}
	o, err := parse(l.text)
	if err != nil {
		return err
	}
	known := types()
	required(o, "type", func(v []byte) (string, error) {
		return "", errors.New("must be " + alternatives(known))
	})
	return o.err(true)
}

// alternatives spells a list as a, b or c.
func alternatives[S ~string](list []S) string {
	words := make([]string, len(list))
	for i, s := range list {
		words[i] = string(s)
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// itemName names an item by its natural key, as far as the line tells it.
func itemName(typ string, text []byte) string {
	var parts []string
	for _, name := range naturalKey(typ) {
		value := member(text, name)
		if len(value) > 100 || string(value) == "null" {
			continue
		}
		if name == "prefix" { // whoever mistakes a key for its prefix must not find it here
			value, _, _ = bytes.Cut(value, []byte("."))
		}
		if spelled := strings.Trim(string(value), `"`); spelled != "" {
			parts = append(parts, strings.TrimPrefix(name, "canvas_")+" "+spelled)
		}
	}
	return strings.TrimSuffix(strings.ReplaceAll(typ, "_", " ")+": "+strings.Join(parts, ", "), ": ")
}

// naturalKey names the fields that tell the items of a type apart, from the outside in.
func naturalKey(typ string) []string {
	switch typ {
	case typeAccount:
		return []string{"canvas_guid"}
	case typeCourse, typeSection, typeUser:
		return []string{"account", "canvas_id"}
	case typeEnrollment:
		return []string{"account", "course", "user", "role", "section"}
	case typeAssignment:
		return []string{"account", "course", "canvas_id"}
	case typeResult:
		return []string{"account", "course", "assignment", "user", "attempt"}
	case typeAPIKey:
		return []string{"prefix"}
	}
	return nil
}
