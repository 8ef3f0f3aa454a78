package bundle

import (
	"path"
	"strconv"
	"strings"
)

// File is a file that a bundle names: an attachment, which is a member of the
// zip, content inside the XML, or a reference to another file.
type File struct {
	ID, Ref    string
	Name       string // the section's basename and the name, joined by "/"
	Class      string // the section's baseclass and the class, joined by "."
	Path       string // name of the member for an attachment, else ""
	Type       string // a media type or another name of the format, or ""
	Size       int64  // in bytes, -1 when unknown
	Executable bool
	Hashes     []Hash // digests to verify
	Content    Value  // content inside the XML; null for an attachment
	Line       int    // of its start tag
}

// files decodes a section of files, which inherit the section's bases.
func (d *decoder) files(section *element, dst *[]File) error {
	return d.eachChild(nil, func(e *element) error {
		if e.name != "file" {
			return nil
		}
		f, err := d.file(section, e)
		*dst = append(*dst, f)
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
		Type:       e.attr("type"),
		Executable: parseValue("boolean", e.attr("executable")).Bool(),
		Hashes:     hashAttributes(e),
		Line:       e.line,
	}
	var err error
	if f.Name, err = d.join(e, section.attr("basename"), "/", e.attr("name")); err != nil {
		return f, err
	}
	if f.Class, err = d.join(e, section.attr("baseclass"), ".", e.attr("class")); err != nil {
		return f, err
	}
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
// basesrc joined with src, else with name ("Momotor bundle format").
func (d *decoder) path(section, e *element) (string, error) {
	src := withoutScheme(e.attr("src"))
	if src == "" {
		src = e.attr("name")
	}
	p, err := d.join(e, withoutScheme(section.attr("basesrc")), "/", src)
	if err != nil {
		return "", err
	}
	if p == "" {
		return "", d.errorf(e.line, "<file> has no name, no src and no content")
	}
	if reason := pathProblem(p, d.limits.PathBytes); reason != "" {
		return "", d.errorf(e.line, "<file> %s: %s", printable(p), reason)
	}
	return path.Clean(p), nil
}

// size returns the size attribute, or -1 when it is absent.
func (d *decoder) size(e *element) (int64, error) {
	s, ok := e.lookup("size")
	if !ok {
		return -1, nil
	}
	n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
	if err != nil || n < 0 {
		return -1, d.errorf(e.line, "<file> %s: the size %s is not a number of bytes", printable(e.attr("name")), printable(s))
	}
	return n, nil
}

// withoutScheme removes the optional "file:" prefix of a path.
func withoutScheme(s string) string { return strings.TrimPrefix(s, "file:") }

// join puts sep between base and name unless one of them is empty. All joined
// names together are limited to the size of the XML: a short document could
// otherwise repeat a long base many times.
func (d *decoder) join(e *element, base, sep, name string) (string, error) {
	if base == "" || name == "" {
		return base + name, nil
	}
	if d.joinedBytes += int64(len(base) + len(sep) + len(name)); d.joinedBytes > d.limits.XMLBytes {
		return "", d.errorf(e.line, "the names of the files, with the bases of their sections, are over %d bytes", d.limits.XMLBytes)
	}
	return strings.TrimSuffix(base, sep) + sep + name, nil
}
