package bundle

import "strings"

// decoder decodes the XML of a bundle. It accepts children in any order and
// repeated sections, and it skips unknown elements.
type decoder struct {
	*scanner
	attachments []File // the attachments so far, in document order
	joinedBytes int64  // of the names that join has returned
}

// value decodes the value of a property or an option: the value attribute, else
// the content.
func (d *decoder) value(e *element) (Value, error) {
	if v, ok := e.lookup("value"); ok {
		return parseValue(e.attr("type"), v), nil
	}
	return d.content(e)
}

// content decodes <true/>, <false/>, <none/> or text. Text of white space alone
// is layout and counts as null.
func (d *decoder) content(e *element) (Value, error) {
	var v Value
	var literal bool
	var b strings.Builder
	err := d.eachChild(&b, func(e *element) error {
		switch e.name {
		case "true", "false":
			v, literal = Boolean(e.name == "true"), true
		case "none":
			v, literal = Value{}, true
		}
		return nil
	})
	s := b.String()
	if err != nil || literal || strings.TrimSpace(s) == "" {
		return v, err
	}
	encoding := e.attr("encoding")
	if encoding == "" {
		return parseValue(e.attr("type"), s), nil
	}
	content, reason := decodeContent(encoding, s)
	if reason != "" {
		return v, d.errorf(e.line, "<%s> %s: %s", e.name, printable(e.attr("name")), reason)
	}
	return Bytes(content), nil
}
