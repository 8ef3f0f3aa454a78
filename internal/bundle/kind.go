package bundle

// Namespace is the XML namespace of every Momotor bundle. Elements without a
// namespace are treated as if they had it, because authors of bundles forget
// it; elements of other namespaces (XInclude, XSLT) are skipped.
const Namespace = "http://momotor.org/1.0"

// Kind is the purpose of a bundle. It equals the name of the root element.
type Kind string

// The five kinds of bundle.
const (
	KindRecipe     Kind = "recipe"
	KindConfig     Kind = "config"
	KindProduct    Kind = "product"
	KindResults    Kind = "results"
	KindTestResult Kind = "testresult"
)

// Format is the file format of a bundle.
type Format string

// The two formats of a bundle.
const (
	FormatXML Format = "xml"
	FormatZip Format = "zip"
)

// kinds lists every kind with the default name of its XML in a zip, in the
// order in which Open tries the names.
var kinds = []struct {
	kind    Kind
	xmlName string
}{
	{KindRecipe, "recipe.xml"},
	{KindConfig, "config.xml"},
	{KindProduct, "product.xml"},
	{KindResults, "result.xml"},
	{KindTestResult, "result.xml"},
}

// defaultName returns the default name of the XML, or "" for an unknown kind.
func (k Kind) defaultName() string {
	for _, row := range kinds {
		if row.kind == k {
			return row.xmlName
		}
	}
	return ""
}
