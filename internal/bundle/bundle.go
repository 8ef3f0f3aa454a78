// Package bundle reads Momotor bundles: the recipe, config, product and
// results files that a course's programming assignments are made of. It
// trusts nothing in them.
package bundle

import "io"

// Bundle is an archive whose XML has been read in full. Its content may be
// read by several goroutines at once and must not be changed.
type Bundle struct {
	*Archive
	name        string
	kind        Kind
	attachments []File

	recipe     *Recipe
	config     *Config
	product    *Product
	results    *Results
	testResult *TestResult
}

// Open reads the bundle that r holds in its first size bytes: it tells a zip
// from plain XML, finds the XML, and decodes all of it. Attachments are not
// read; they may be opened as long as r is. Failures are an [*Error] that
// names the place, or the reader's own.
func Open(r io.ReaderAt, size int64, lim Limits) (*Bundle, error) {
	a, err := newArchive(r, size, lim)
	if err != nil {
		return nil, err
	}
	doc, err := a.document()
	if err != nil {
		return nil, err
	}
	defer func() { _ = doc.body.Close() }() // reading has said what is wrong
	b := &Bundle{Archive: a, name: doc.name, kind: doc.kind}
	d := &decoder{scanner: doc.scan}
	if err := b.decode(d, &doc.root); err != nil {
		return nil, err
	}
	if err := d.finish(); err != nil {
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

// Kind says what the bundle is for.
func (b *Bundle) Kind() Kind { return b.kind }

// XMLName returns the name of the member that is the bundle's XML.
func (b *Bundle) XMLName() string { return b.name }

// Attachments lists the files that the XML names by path, in document order,
// whether or not the bundle holds them. The caller must not change the list.
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
