// Package bundle reads Momotor bundles: the recipe, config, product and
// results files of programming assignments. It treats them as untrusted.
package bundle

import (
	"context"
	"io"
)

// Bundle is an archive with its decoded XML. It is safe for concurrent use; the
// caller must not change its content.
type Bundle struct {
	*Archive
	xmlName      string
	rootLine     int  // of the start tag of the root element
	hasNamespace bool // of the root element
	kind         Kind
	attachments  []File

	recipe     *Recipe
	config     *Config
	product    *Product
	results    *Results
	testResult *TestResult
}

// Open reads the bundle in the first size bytes of r: it detects the format,
// finds the XML and decodes all of it. It does not read attachments, which can
// be opened as long as r is valid. Open returns an [*Error] with the location
// for an invalid bundle, and the error of r when reading fails. It stops when
// ctx ends.
func Open(ctx context.Context, r io.ReaderAt, size int64, limits Limits) (*Bundle, error) {
	a, err := newArchive(r, size, limits)
	if err != nil {
		return nil, err
	}
	doc, err := a.document(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = doc.content.Close() }() // decoding reports read errors
	b := &Bundle{Archive: a, xmlName: doc.name, rootLine: doc.root.line, hasNamespace: doc.hasNamespace, kind: doc.kind}
	d := &decoder{scanner: doc.scanner}
	if err := b.decode(d, &doc.root); err != nil {
		return nil, err
	}
	if err := d.expectEnd(); err != nil {
		return nil, err
	}
	b.attachments = d.attachments
	return b, nil
}

func (b *Bundle) decode(d *decoder, root *element) (err error) {
	switch b.kind {
	case KindRecipe:
		b.recipe, err = d.recipe(root)
	case KindConfig:
		b.config, err = d.config(root)
	case KindProduct:
		b.product, err = d.product(root)
	case KindResults:
		b.results, err = d.results(root)
	case KindTestResult:
		b.testResult, err = d.testResult()
	}
	return err
}

// Kind returns the kind of the bundle.
func (b *Bundle) Kind() Kind { return b.kind }

// XMLName returns the name of the member that holds the bundle's XML.
func (b *Bundle) XMLName() string { return b.xmlName }

// Attachments lists the files that the XML names by path, in document order,
// including files that the bundle lacks. The caller must not change the list.
func (b *Bundle) Attachments() []File { return b.attachments }

// Recipe returns the content of a recipe, nil for another kind.
func (b *Bundle) Recipe() *Recipe { return b.recipe }

// Config returns the content of a config, nil for another kind.
func (b *Bundle) Config() *Config { return b.config }

// Product returns the content of a product, nil for another kind.
func (b *Bundle) Product() *Product { return b.product }

// Results returns the content of a results bundle, nil for another kind.
func (b *Bundle) Results() *Results { return b.results }

// TestResult returns the content of test results, nil for another kind.
func (b *Bundle) TestResult() *TestResult { return b.testResult }
