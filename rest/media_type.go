package rest

import (
	"path"
	"strings"
)

// defaultMediaType is the media type of files with an unknown extension.
const defaultMediaType = "application/octet-stream"

// mediaType returns the media type for the extension of a file name. Unlike mime.TypeByExtension,
// mediaType returns the same type on every machine.
func mediaType(name string) string {
	extension := strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))
	for _, row := range mediaTypes {
		for e := range strings.FieldsSeq(row.extensions) {
			if e == extension {
				return row.mediaType
			}
		}
	}
	return defaultMediaType
}

// mediaTypes are the media types of the files in bundles. Source code is plain text, because
// browsers must show source code and never run it.
var mediaTypes = [...]struct{ mediaType, extensions string }{
	{"application/xml", "xml xsd xsl xslt"},
	{"text/html", "html htm"},
	{"application/xhtml+xml", "xhtml"},
	{"text/plain", "txt text log out err in md rst tex diff patch ini cfg conf toml yml yaml properties sh bat sql"},
	{"text/plain", "py java c h cc cpp cxx hpp cs go hs js mjs ts css kt m ml mli php pl r rb rs scala v"},
	{"text/csv", "csv"},
	{"text/tab-separated-values", "tsv"},
	{"application/json", "json ipynb"},
	{"application/pdf", "pdf"},
	{"application/zip", "zip"},
	{"application/java-archive", "jar"},
	{"application/gzip", "gz tgz"},
	{"application/x-tar", "tar"},
	{"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"},
	{"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"},
	{"image/svg+xml", "svg"},
	{"image/png", "png"},
	{"image/jpeg", "jpg jpeg"},
	{"image/gif", "gif"},
	{"image/webp", "webp"},
	{"image/bmp", "bmp"},
}
