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
)

// These read the value of a field. Their errors continue “field x …”.

func text(v []byte) (string, error) {
	if v[0] != '"' {
		return "", errors.New("must be a text")
	}
	s, err := unquote(v)
	if err != nil {
		return "", errors.New("must be a text")
	}
	if strings.IndexByte(s, 0) >= 0 { // PostgreSQL has no place for it
		return "", errors.New("must not hold the character U+0000")
	}
	return s, nil
}

// key reads a text that things are told apart by.
func key(v []byte) (string, error) {
	s, err := text(v)
	if err != nil || s == "" || len(s) > 255 {
		return "", errors.New("must be a text of 1 to 255 bytes")
	}
	return s, nil
}

func boolean(v []byte) (bool, error) {
	switch string(v) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, errors.New("must be true or false")
}

// whole reads a whole number from 1 to most, of any size exactly.
func whole(most int64) func([]byte) (int64, error) {
	return func(v []byte) (int64, error) {
		n, err := strconv.ParseInt(string(v), 10, 64)
		if err != nil || n < 1 || n > most {
			return 0, fmt.Errorf("must be a whole number from 1 to %d", most)
		}
		return n, nil
	}
}

func canvasID(v []byte) (int64, error) { return whole(math.MaxInt64)(v) }

func number(v []byte) (float64, error) {
	f, err := strconv.ParseFloat(string(v), 64)
	if err != nil { // too large for a float, too
		return 0, errors.New("must be a number")
	}
	return f, nil
}

// fraction reads a number from 0 to 1.
func fraction(v []byte) (float64, error) {
	f, err := number(v)
	if err != nil || f < 0 || f > 1 {
		return 0, errors.New("must be a number from 0 to 1")
	}
	return f, nil
}

// moment reads a time of RFC 3339, to the microseconds that the store keeps.
func moment(v []byte) (time.Time, error) {
	var t time.Time
	s, err := text(v)
	if err == nil {
		err = t.UnmarshalText([]byte(s))
	}
	if t = t.UTC().Truncate(time.Microsecond); err != nil || t.Year() < 1970 || t.Year() > 9999 {
		return time.Time{}, errors.New("must be a time like 2026-03-01T12:00:00Z")
	}
	return t, nil
}

// address reads an address that a browser may safely follow.
func address(v []byte) (string, error) {
	s, err := text(v)
	if err == nil {
		var u *url.URL
		if u, err = url.Parse(s); err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http") {
			return s, nil
		}
	}
	return "", errors.New("must be an address that begins with https:// or http://")
}

// oneOf reads one of some words.
func oneOf[S ~string](words ...S) func([]byte) (S, error) {
	return func(v []byte) (S, error) {
		s, err := text(v)
		if err != nil || !slices.Contains(words, S(s)) {
			return "", errors.New("must be " + alternatives(words))
		}
		return S(s), nil
	}
}

// list reads an array.
func list[T any](what string, element func([]byte) (T, error)) func([]byte) ([]T, error) {
	return func(v []byte) ([]T, error) {
		if v[0] != '[' {
			return nil, errors.New("must be a list of " + what)
		}
		all := []T{}
		for e := range elements(v) {
			one, err := element(e)
			if err != nil {
				return nil, fmt.Errorf("must be a list of %s, and each %w", what, err)
			}
			all = append(all, one)
		}
		return all, nil
	}
}

// filePath reads the path of a file in the import folder.
func filePath(v []byte) (string, error) {
	s, err := text(v)
	for strings.HasPrefix(s, "./") {
		s = strings.TrimPrefix(s, "./")
	}
	if err != nil || !fs.ValidPath(s) || s == "." || strings.Contains(s, `\`) {
		return "", errors.New("must be a path inside the import folder, with slashes, like bundles/1.zip")
	}
	return s, nil
}
