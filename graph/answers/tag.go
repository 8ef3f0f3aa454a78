package answers

import (
	"encoding/base64"
	"encoding/binary"

	"github.com/momotor/resultgraph/db"
)

// A tagHash is the first part of a tag: see exchange.tagHash.
type tagHash [16]byte

// encodeTag returns the opaque text of the entity tag of an answer. It contains the versions that the answer
// depends on, so that the server can check it without a copy of it. It is not signed: a client that changes
// the text can get a wrong 304, but no data: see exchange.knownVersions.
func encodeTag(hash tagHash, v *db.Versions) string {
	b := make([]byte, 0, 64)
	b = append(b, hash[:]...)
	b = binary.AppendUvarint(b, uint64(v.Directory))
	last := int64(0)
	for _, c := range v.Courses {
		b = binary.AppendUvarint(b, uint64(c.CourseID-last))
		b = binary.AppendUvarint(b, uint64(c.Version))
		last = c.CourseID
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// decodeTag returns the versions in the tag of an answer with a hash; ok is false for any other text.
func decodeTag(hash tagHash, tag string) (v *db.Versions, ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(tag)
	if err != nil || len(b) < len(hash) || tagHash(b[:len(hash)]) != hash {
		return nil, false
	}
	var numbers []int64
	for b = b[len(hash):]; len(b) > 0; {
		n, size := binary.Uvarint(b)
		if size <= 0 {
			return nil, false
		}
		numbers, b = append(numbers, int64(n)), b[size:]
	}
	if len(numbers)%2 == 0 || len(numbers) > 1+2*maxCourses {
		return nil, false
	}
	v = &db.Versions{Directory: numbers[0]}
	last := int64(0)
	for i := 1; i < len(numbers); i += 2 {
		last += numbers[i]
		v.Courses = append(v.Courses, db.CourseVersion{CourseID: last, Version: numbers[i+1]})
	}
	return v, true
}
