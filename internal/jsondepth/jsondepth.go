// Package jsondepth limits the nesting depth of JSON in requests. Decoding deep JSON takes much
// more memory than its size suggests.
package jsondepth

// Max is the maximum nesting depth of lists and objects.
const Max = 100

// Exceeds reports whether JSON text nests deeper than Max. It does not check the syntax.
func Exceeds(text []byte) bool {
	depth, quoted := 0, false
	for i := 0; i < len(text) && depth <= Max; i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[', c == '{':
			depth++
		case c == ']', c == '}':
			depth--
		}
	}
	return depth > Max
}
