package bundle

// Namespace is the XML namespace of every Momotor bundle. Elements without
// any namespace are read as if they had it, because hand-written bundles
// forget it; elements of another namespace (XInclude, XSLT) are skipped.
const Namespace = "http://momotor.org/1.0"

// Kind says what a bundle is for.
type Kind string

// The five kinds of bundle.
const (
	KindRecipe     Kind = "recipe"
	KindConfig     Kind = "config"
	KindProduct    Kind = "product"
	KindResults    Kind = "results"
	KindTestResult Kind = "testresult"
)

// Format says how a bundle is packed.
type Format string

// The two formats of a bundle.
const (
	FormatXML Format = "xml"
	FormatZip Format = "zip"
)

// kinds lists every kind with the name that its XML has in the root of a zip,
// in the order in which the names are tried. Root elements are named as kinds.
var kinds = []struct {
	kind Kind
	file string
}{
	{KindRecipe, "recipe.xml"},
	{KindConfig, "config.xml"},
	{KindProduct, "product.xml"},
	{KindResults, "result.xml"},
	{KindTestResult, "result.xml"},
}

// defaultName returns the name that the XML of a kind has, or "".
func (k Kind) defaultName() string {
	for _, row := range kinds {
		if row.kind == k {
			return row.file
		}
	}
	return ""
}
