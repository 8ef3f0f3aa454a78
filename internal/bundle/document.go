package bundle

import (
	"cmp"
	"context"
	"io"
	"path"
	"slices"
	"strings"
)

// document is the XML of a bundle, read up to its root element.
type document struct {
	name         string
	kind         Kind
	root         element
	hasNamespace bool // the root element has the namespace of Momotor
	scanner      *scanner
	content      io.Closer // the reader under scanner
}

// document finds the XML of the bundle. In a zip it tries each default name
// with the matching root element, and then any *.xml in the top folder that has
// a known root element ("Momotor bundle format").
func (a *Archive) document(ctx context.Context) (*document, error) {
	if a.format == FormatXML {
		return a.plainDocument(ctx)
	}
	var firstError error
	for _, name := range a.defaultNames() {
		doc, err := a.openDocument(ctx, name)
		switch {
		case err == nil && doc.kind.defaultName() == name:
			return doc, nil
		case err == nil:
			_ = doc.content.Close() // otherXMLNames lists it again
		case isBundleError(err):
			firstError = cmp.Or(firstError, err)
		default:
			return nil, err
		}
	}
	for _, name := range a.otherXMLNames() {
		doc, err := a.openDocument(ctx, name)
		if err == nil || !isBundleError(err) {
			return doc, err
		}
	}
	if firstError != nil {
		return nil, firstError
	}
	return nil, errorf("the zip has no recipe.xml, config.xml, product.xml or result.xml in its root%s", a.folderHint())
}

// plainDocument reads the root element of plain XML, which decides the name of
// the only member.
func (a *Archive) plainDocument(ctx context.Context) (*document, error) {
	doc, err := readRoot(newScanner("", contextReader{ctx, io.NewSectionReader(a.source, 0, a.source.size)}, a.limits))
	if err != nil {
		return nil, err
	}
	doc.name = doc.kind.defaultName()
	doc.scanner.member = doc.name
	doc.content = io.NopCloser(nil)
	a.members = []Member{{Name: doc.name, Size: a.source.size}}
	a.byName = map[string]int{doc.name: 0}
	return doc, nil
}

// openDocument opens a member and reads its root element.
func (a *Archive) openDocument(ctx context.Context, name string) (*document, error) {
	r, _, err := a.Open(name)
	if err != nil {
		return nil, err
	}
	doc, err := readRoot(newScanner(name, contextReader{ctx, r}, a.limits))
	if err != nil {
		_ = r.Close() // err explains more
		return nil, err
	}
	doc.content = r
	return doc, nil
}

func readRoot(s *scanner) (*document, error) {
	root, err := s.rootElement()
	if err != nil {
		return nil, err
	}
	e := element{root.Name.Local, s.openElements[0].line, root.Attr}
	kind := Kind(e.name)
	switch {
	case kind.defaultName() == "":
		return nil, s.errorf(e.line, "the root element is <%s>, which is not a Momotor bundle", printable(e.name))
	case root.Name.Space != Namespace && root.Name.Space != "":
		return nil, s.errorf(e.line, "the root element <%s> has the namespace %s instead of %s", e.name, printable(root.Name.Space), Namespace)
	}
	return &document{name: s.member, kind: kind, root: e, hasNamespace: root.Name.Space == Namespace, scanner: s}, nil
}

// defaultNames lists the default names that the zip has, in the order of kinds.
func (a *Archive) defaultNames() []string {
	var names []string
	for _, row := range kinds {
		if _, ok := a.byName[row.xmlName]; ok && !slices.Contains(names, row.xmlName) {
			names = append(names, row.xmlName)
		}
	}
	return names
}

// otherXMLNames lists the XML files in the top folder of the zip, at most
// maxCandidates of them.
func (a *Archive) otherXMLNames() []string {
	const maxCandidates = 100
	var names []string
	for _, m := range a.members {
		if path.Ext(strings.ToLower(m.Name)) == ".xml" && !strings.Contains(m.Name, "/") && len(names) < maxCandidates {
			names = append(names, m.Name)
		}
	}
	return names
}

// folderHint points to an XML with a default name inside a folder of the zip, a
// frequent mistake. It is empty when there is none.
func (a *Archive) folderHint() string {
	for _, m := range a.members {
		for _, row := range kinds {
			if path.Base(m.Name) == row.xmlName {
				return "; it has " + printable(m.Name) + ": pack the contents of the folder, without the folder itself"
			}
		}
	}
	return ""
}
