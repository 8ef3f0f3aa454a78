package bundle

import (
	"path"
	"strconv"
	"strings"
)

// files reads a section of files; its bases go in front of their names.
func (d *decoder) files(section *element, to *[]File) error {
	return d.children(nil, func(e *element) error {
		if e.name != "file" {
			return nil
		}
		f, err := d.file(section, e)
		*to = append(*to, f)
		if err == nil && f.Path != "" {
			d.attachments = append(d.attachments, f)
		}
		return err
	})
}

func (d *decoder) file(section, e *element) (File, error) {
	f := File{
		ID:         e.attr("id"),
		Ref:        e.attr("ref"),
		Name:       join(section.attr("basename"), "/", e.attr("name")),
		Class:      join(section.attr("baseclass"), ".", e.attr("class")),
		Type:       e.attr("type"),
		Executable: typed("boolean", e.attr("executable")).Bool(),
		Hashes:     hashes(e),
		Line:       e.line,
	}
	var err error
	if f.Size, err = d.size(e); err != nil {
		return f, err
	}
	if f.Content, err = d.content(e); err != nil || !f.Content.IsNull() || f.Ref != "" {
		return f, err
	}
	f.Path, err = d.path(section, e)
	return f, err
}

// path returns the name of the member that holds an attachment: the section's
// basesrc, and src or else name ("Momotor bundle format").
func (d *decoder) path(section, e *element) (string, error) {
	src := withoutScheme(e.attr("src"))
	if src == "" {
		src = e.attr("name")
	}
	p := join(withoutScheme(section.attr("basesrc")), "/", src)
	if p == "" {
		return "", d.fail(e.line, "<file> has no name, no src and no content")
	}
	if reason := badPath(p, d.lim.PathBytes); reason != "" {
		return "", d.fail(e.line, "<file> %s: %s", shown(p), reason)
	}
	return path.Clean(p), nil
}

// size returns the size attribute, -1 without one.
func (d *decoder) size(e *element) (int64, error) {
	s, ok := e.lookup("size")
	if !ok {
		return -1, nil
	}
	n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
	if err != nil || n < 0 {
		return -1, d.fail(e.line, "<file> %s: the size %s is no number of bytes", shown(e.attr("name")), shown(s))
	}
	return n, nil
}

// withoutScheme drops the optional "file:" in front of a path.
func withoutScheme(s string) string { return strings.TrimPrefix(s, "file:") }

// join puts sep between base and name unless one of them is empty.
func join(base, sep, name string) string {
	if base == "" || name == "" {
		return base + name
	}
	return strings.TrimSuffix(base, sep) + sep + name
}
