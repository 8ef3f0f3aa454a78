package bundle

import (
	"cmp"
	"io"
	"path"
	"slices"
	"strings"
)

// document is the XML of a bundle, read up to its root element.
type document struct {
	name string
	kind Kind
	root element
	scan *scanner
	body io.Closer // gives back what unpacking needs
}

// document finds the XML that makes the archive a bundle: plain XML is it, a
// zip is tried for each default name with its root element and then for any
// *.xml in its root with a known one ("Momotor bundle format").
func (a *Archive) document() (*document, error) {
	if a.format == FormatXML {
		return a.plain()
	}
	var broken error
	for _, name := range a.defaults() {
		doc, err := a.try(name)
		switch {
		case err == nil && doc.kind.defaultName() == name:
			return doc, nil
		case err == nil:
			_ = doc.body.Close() // comes again among the others
		case isOurs(err):
			broken = cmp.Or(broken, err)
		default:
			return nil, err
		}
	}
	for _, name := range a.others() {
		doc, err := a.try(name)
		if err == nil || !isOurs(err) {
			return doc, err
		}
	}
	if broken != nil {
		return nil, broken
	}
	return nil, refuse("the zip has no recipe.xml, config.xml, product.xml or result.xml in its root%s", a.hint())
}

// plain reads the root of plain XML and names the one member after it.
func (a *Archive) plain() (*document, error) {
	doc, err := readRoot(newScanner("", io.NewSectionReader(a.src, 0, a.src.size), a.lim))
	if err != nil {
		return nil, err
	}
	doc.name = doc.kind.defaultName()
	doc.scan.member = doc.name
	doc.body = io.NopCloser(nil)
	a.members = []Member{{Name: doc.name, Size: a.src.size}}
	a.byName = map[string]int{doc.name: 0}
	return doc, nil
}

// try reads the root of one member.
func (a *Archive) try(name string) (*document, error) {
	r, _, err := a.Open(name)
	if err != nil {
		return nil, err
	}
	doc, err := readRoot(newScanner(name, r, a.lim))
	if err != nil {
		_ = r.Close() // the first error says more
		return nil, err
	}
	doc.body = r
	return doc, nil
}

func readRoot(s *scanner) (*document, error) {
	root, err := s.root()
	if err != nil {
		return nil, err
	}
	e := element{root.Name.Local, s.open[0].line, root.Attr}
	kind := Kind(e.name)
	switch {
	case kind.defaultName() == "":
		return nil, s.fail(e.line, "the root element is <%s>, which is no Momotor bundle", shown(e.name))
	case root.Name.Space != Namespace && root.Name.Space != "":
		return nil, s.fail(e.line, "the root element <%s> has the namespace %s instead of %s", e.name, shown(root.Name.Space), Namespace)
	}
	return &document{name: s.member, kind: kind, root: e, scan: s}, nil
}

// defaults lists the default names that the zip's root has, in kinds' order.
func (a *Archive) defaults() []string {
	var names []string
	for _, row := range kinds {
		if _, ok := a.byName[row.file]; ok && !slices.Contains(names, row.file) {
			names = append(names, row.file)
		}
	}
	return names
}

// others lists what else may be the XML of a zip. A root full of other XML is
// not searched to its end.
func (a *Archive) others() []string {
	const most = 100
	var names []string
	for _, m := range a.members {
		if path.Ext(strings.ToLower(m.Name)) == ".xml" && !strings.Contains(m.Name, "/") && len(names) < most {
			names = append(names, m.Name)
		}
	}
	return names
}

// hint names the folder that hides the XML, the usual mistake.
func (a *Archive) hint() string {
	for _, m := range a.members {
		for _, row := range kinds {
			if path.Base(m.Name) == row.file {
				return "; there is " + shown(m.Name) + ": pack what is in the folder, without the folder"
			}
		}
	}
	return ""
}
