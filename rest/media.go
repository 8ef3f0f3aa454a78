package rest

import (
	"path"
	"strings"
)

// unknownMedia is the media type of what a name tells nothing about.
const unknownMedia = "application/octet-stream"

// mediaType is what the ending of a file's name says of its content. It is the same on
// every machine, and never what the file says of itself.
func mediaType(name string) string {
	ending := strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))
	for _, row := range mediaTypes {
		for e := range strings.FieldsSeq(row.endings) {
			if e == ending {
				return row.media
			}
		}
	}
	return unknownMedia
}

// mediaTypes are the media types of what bundles are made of. Every kind of program is
// plain text: people read it here, and no page of ours may take it for its script.
var mediaTypes = [...]struct{ media, endings string }{
	{"application/xml", "xml xsd xsl xslt"},
	{"text/html; charset=utf-8", "html htm"},
	{"application/xhtml+xml", "xhtml"},
	{"text/plain; charset=utf-8", "txt text log out err in md rst tex diff patch ini cfg conf toml yml yaml properties sh bat sql"},
	{"text/plain; charset=utf-8", "py java c h cc cpp cxx hpp cs go hs js mjs ts css kt m ml mli php pl r rb rs scala v"},
	{"text/csv; charset=utf-8", "csv"},
	{"text/tab-separated-values; charset=utf-8", "tsv"},
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
