package importer

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/momotor/resultgraph/db"
)

// The functions below parse the value of a field. Each error is the predicate of a sentence
// about the field, for example "must be true or false".

func parseText(v []byte) (string, error) {
	if v[0] != '"' {
		return "", errors.New("must be a string")
	}
	s, err := unquote(v)
	if err != nil {
		return "", errors.New("must be a string")
	}
	if err := checkNUL(s); err != nil {
		return "", err
	}
	return s, checkLength(s, db.MaxTextBytes)
}

func checkNUL(s string) error {
	if strings.IndexByte(s, 0) >= 0 { // PostgreSQL cannot store it
		return errors.New("must not contain the character U+0000")
	}
	return nil
}

func checkLength(s string, maximum int) error {
	if len(s) > maximum {
		return fmt.Errorf("must have at most %d bytes, and has %d", maximum, len(s))
	}
	return nil
}

// parseName parses a name, code or label.
func parseName(v []byte) (string, error) {
	s, err := parseText(v)
	if err != nil {
		return "", err
	}
	return s, checkLength(s, db.MaxNameBytes)
}

// parseKey parses a string that identifies an object.
func parseKey(v []byte) (string, error) {
	s, err := parseText(v)
	if err != nil || s == "" || len(s) > 255 {
		return "", errors.New("must be a string of 1 to 255 bytes")
	}
	return s, nil
}

// parseTaskID parses the id of a task. It may have the characters that XML allows, because bundles are XML.
func parseTaskID(v []byte) (string, error) {
	s, err := parseKey(v)
	if err == nil && strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && !unicode.IsSpace(r) }) {
		err = errors.New("must have no control characters")
	}
	return s, err
}

func parseBool(v []byte) (bool, error) {
	switch string(v) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, errors.New("must be true or false")
}

// parseInteger returns a function that parses an integer from 1 to maximum.
func parseInteger(maximum int64) func([]byte) (int64, error) {
	return func(v []byte) (int64, error) {
		n, err := strconv.ParseInt(string(v), 10, 64)
		if err != nil || n < 1 || n > maximum {
			return 0, fmt.Errorf("must be an integer from 1 to %d", maximum)
		}
		return n, nil
	}
}

func parseCanvasID(v []byte) (int64, error) { return parseInteger(math.MaxInt64)(v) }

// parseNumber parses a number that the store holds: see db.StorableNumber.
func parseNumber(v []byte) (float64, error) {
	f, err := strconv.ParseFloat(string(v), 64)
	stored := db.StorableNumber(&f)
	switch {
	case errors.Is(err, strconv.ErrSyntax):
		return 0, errors.New("must be a number")
	case stored == nil:
		return 0, errors.New("must be a number from -1e15 to 1e15")
	}
	return *stored, nil
}

// parseFraction parses a number from 0 to 1.
func parseFraction(v []byte) (float64, error) {
	f, err := parseNumber(v)
	if err != nil || f < 0 || f > 1 {
		return 0, errors.New("must be a number from 0 to 1")
	}
	return f, nil
}

// parseTime parses a time (RFC 3339) and truncates it to microseconds, as the store does.
func parseTime(v []byte) (time.Time, error) {
	var t time.Time
	s, err := parseText(v)
	if err == nil {
		err = t.UnmarshalText([]byte(s))
	}
	if t = t.UTC().Truncate(time.Microsecond); err != nil || t.Year() < 1970 || t.Year() > 9999 {
		return time.Time{}, errors.New("must be a time such as 2026-03-01T12:00:00Z")
	}
	return t, nil
}

// parseURL parses a URL that is safe for a link in a browser.
func parseURL(v []byte) (string, error) {
	s, err := parseText(v)
	if len(s) > db.MaxURLBytes {
		return "", checkLength(s, db.MaxURLBytes)
	}
	if err == nil {
		var u *url.URL
		if u, err = url.Parse(s); err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http") {
			return s, nil
		}
	}
	return "", errors.New("must be a URL that starts with https:// or http://")
}

// parseEnum returns a function that parses one of values.
func parseEnum[S ~string](values ...S) func([]byte) (S, error) {
	return func(v []byte) (S, error) {
		s, err := parseText(v)
		if err != nil || !slices.Contains(values, S(s)) {
			return "", errors.New("must be " + orList(values))
		}
		return S(s), nil
	}
}

// orList formats a list as "a, b or c".
func orList[S ~string](list []S) string {
	names := make([]string, len(list))
	for i, s := range list {
		names[i] = string(s)
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

// parseList returns a function that parses an array; elementName is a plural.
func parseList[T any](elementName string, element func([]byte) (T, error)) func([]byte) ([]T, error) {
	return func(v []byte) ([]T, error) {
		if v[0] != '[' {
			return nil, errors.New("must be a list of " + elementName)
		}
		values := []T{}
		for e := range elements(v) {
			value, err := element(e)
			if err != nil {
				return nil, fmt.Errorf("must be a list of %s, and each %w", elementName, err)
			}
			values = append(values, value)
		}
		return values, nil
	}
}

// parseFilePath parses the path of a file in the import folder.
func parseFilePath(v []byte) (string, error) {
	s, err := parseText(v)
	for strings.HasPrefix(s, "./") {
		s = strings.TrimPrefix(s, "./")
	}
	if err != nil || !fs.ValidPath(s) || s == "." || strings.Contains(s, `\`) {
		return "", errors.New("must be a path inside the import folder with slashes, such as bundles/1.zip")
	}
	return s, nil
}
