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

// modifiedTime is the time of every file in every zip, so that equal options
// give equal bytes.
var modifiedTime = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

// zipPacker makes zips. It reuses its compressor, because creating one costs
// more time than deflating a small file.
type zipPacker struct{ deflater *flate.Writer }

// maxStoredBytes is the size up to which deflating a file saves nothing.
const maxStoredBytes = 200

// pack makes a zip. It stores images and small files and deflates the others.
func (p *zipPacker) pack(members []member) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	z.RegisterCompressor(zip.Deflate, p.compressor)
	for _, m := range members {
		method := zip.Deflate
		if len(m.content) <= maxStoredBytes || bytes.HasPrefix(m.content, []byte("\x89PNG")) {
			method = zip.Store
		}
		addFile(z, m, method)
	}
	if err := z.Close(); err != nil {
		panicWriteError(err)
	}
	return b.Bytes()
}

func (p *zipPacker) compressor(w io.Writer) (io.WriteCloser, error) {
	if p.deflater == nil {
		var err error
		p.deflater, err = flate.NewWriter(w, flate.DefaultCompression)
		return p.deflater, err
	}
	p.deflater.Reset(w)
	return p.deflater, nil
}

func addFile(z *zip.Writer, m member, method uint16) {
	w, err := z.CreateHeader(&zip.FileHeader{Name: m.path, Method: method, Modified: modifiedTime})
	if err != nil {
		panicWriteError(err)
	}
	if _, err := w.Write(m.content); err != nil {
		panicWriteError(err)
	}
}

// bundleFile is an encoded bundle, either zip or XML.
type bundleFile struct {
	extension string
	content   []byte
}

// newBundleFile returns a zip of an XML and its attachments, or plain XML when
// there are no attachments.
func (p *zipPacker) newBundleFile(name string, xml []byte, attachments []member) bundleFile {
	if len(attachments) == 0 {
		return bundleFile{".xml", xml}
	}
	return bundleFile{".zip", p.pack(append([]member{{name, xml}}, attachments...))}
}
