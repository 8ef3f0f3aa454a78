package demo

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"io"
	"time"
)

// member is a file of a zip.
type member struct {
	path    string
	content []byte
}

// packed is the time of every file in every zip: an own time would make each
// data set another one.
var packed = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

// packer makes zips. It keeps its compressor, which takes longer to set up
// than a small file takes to deflate.
type packer struct{ deflater *flate.Writer }

// short is the size up to which deflating a file saves nothing.
const short = 200

// pack makes a zip. Pictures and short files are stored, the others deflated.
func (p *packer) pack(members []member) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	z.RegisterCompressor(zip.Deflate, p.compressor)
	for _, m := range members {
		method := zip.Deflate
		if len(m.content) <= short || bytes.HasPrefix(m.content, []byte("\x89PNG")) {
			method = zip.Store
		}
		addFile(z, m, method)
	}
	if err := z.Close(); err != nil {
		impossible(err)
	}
	return b.Bytes()
}

func (p *packer) compressor(w io.Writer) (io.WriteCloser, error) {
	if p.deflater == nil {
		var err error
		p.deflater, err = flate.NewWriter(w, flate.DefaultCompression)
		return p.deflater, err
	}
	p.deflater.Reset(w)
	return p.deflater, nil
}

func addFile(z *zip.Writer, m member, method uint16) {
	w, err := z.CreateHeader(&zip.FileHeader{Name: m.path, Method: method, Modified: packed})
	if err != nil {
		impossible(err)
	}
	if _, err := w.Write(m.content); err != nil {
		impossible(err)
	}
}

// bundleFile is a bundle that was written, zip or XML.
type bundleFile struct {
	extension string
	content   []byte
}

// bundle makes a zip of an XML and its attachments, or leaves an XML without
// any plain.
func (p *packer) bundle(name string, xml []byte, attachments []member) bundleFile {
	if len(attachments) == 0 {
		return bundleFile{".xml", xml}
	}
	return bundleFile{".zip", p.pack(append([]member{{name, xml}}, attachments...))}
}
