package bundle

import (
	"bytes"
	"encoding/base64"
	"strings"
)

// decodeContent decodes the text of an element with an encoding attribute. When
// it fails, reason says why. It rejects unknown encodings, because their text
// would pass for content.
func decodeContent(encoding, s string) (b []byte, reason string) {
	switch strings.ToLower(encoding) {
	case "base64":
		return decodeBase64(s)
	case "quopri", "quoted-printable":
		return decodeQuotedPrintable(s), ""
	}
	return nil, "the encoding " + printable(encoding) + " is unknown; use base64 or quopri"
}

// decodeBase64 accepts white space anywhere and missing padding.
func decodeBase64(s string) (b []byte, reason string) {
	s = strings.TrimRight(strings.Join(strings.Fields(s), ""), "=")
	b, err := base64.RawStdEncoding.DecodeString(s)
	if err != nil {
		return nil, "the base64 content is damaged"
	}
	return b, ""
}

// decodeQuotedPrintable decodes quoted-printable (RFC 2045 section 6.7) after
// removing the indentation of each line. Like Python's quopri, and unlike
// mime/quotedprintable, it keeps a "=" that starts no escape and accepts lines
// of any length.
func decodeQuotedPrintable(s string) []byte {
	out := make([]byte, 0, len(s))
	for line := range strings.SplitAfterSeq(s, "\n") {
		body, ended := strings.CutSuffix(line, "\n")
		body = strings.Trim(body, " \t\r")
		body, soft := strings.CutSuffix(body, "=")
		out = appendUnescaped(out, body)
		if ended && !soft {
			out = append(out, '\n')
		}
	}
	return out
}

func appendUnescaped(dst []byte, s string) []byte {
	for {
		before, rest, found := strings.Cut(s, "=")
		dst = append(dst, before...)
		if !found {
			return dst
		}
		if len(rest) >= 2 && isHex(rest[0]) && isHex(rest[1]) {
			dst = append(dst, unhex(rest[0])<<4|unhex(rest[1]))
			rest = rest[2:]
		} else {
			dst = append(dst, '=')
		}
		s = rest
	}
}

const hexDigits = "0123456789abcdef"

func unhex(c byte) byte { return byte(bytes.IndexByte([]byte(hexDigits), c|0x20)) }

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
}
