package rest

import (
	"io"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/transform"
)

// maxCheckedText is the maximum size of a text whose encoding textType checks, because every request
// for the text unpacks it for this check.
const maxCheckedText = 1 << 20

// textType returns the media type of a file with the charset that the file has: UTF-8 for a text of
// at most maxCheckedText bytes that is UTF-8, and no charset otherwise. It leaves the file at its
// beginning. A file that cannot be read has no charset.
func textType(media string, file io.ReadSeeker, size int64) string {
	if !strings.HasPrefix(media, "text/") || size > maxCheckedText {
		return media
	}
	_, err := io.Copy(io.Discard, transform.NewReader(file, encoding.UTF8Validator))
	if _, seekErr := file.Seek(0, io.SeekStart); err != nil || seekErr != nil {
		return media
	}
	return media + "; charset=utf-8"
}
