package canvas

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// ID is an id in Canvas. It may pass 2^53, so no float may ever hold it. Zero is no id:
// Canvas writes null there. Grader ids of tools are negative.
type ID int64

// shardWidth is how far apart the ids of neighbouring shards are: Canvas' global id of
// id 5 on shard 2 is 20000000000005 (Shard::IDS_PER_SHARD of the switchman gem).
const shardWidth = 10_000_000_000_000

// ParseID reads an id as Canvas writes it: digits, or a shard, a tilde and digits, which
// is the short form of a global id.
func ParseID(text string) (ID, error) {
	id, err := parseID(text)
	if err != nil {
		if number, ok := errors.AsType[*strconv.NumError](err); ok {
			err = number.Err // without the text, which may be any length
		}
		return 0, fmt.Errorf("id %q: %w", words(text), err)
	}
	return id, nil
}

func parseID(text string) (ID, error) {
	shard, local, crossed := strings.Cut(text, "~")
	if !crossed {
		n, err := strconv.ParseInt(text, 10, 64)
		return ID(n), err
	}
	s, err := strconv.ParseUint(shard, 10, 64)
	if err == nil && s > 922336 {
		err = strconv.ErrRange
	}
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseUint(local, 10, 64)
	if err == nil && n >= shardWidth {
		err = strconv.ErrRange
	}
	if err != nil {
		return 0, err
	}
	return ID(s*shardWidth + n), nil
}

// String is the id in decimal, with its shard multiplied in.
func (id ID) String() string { return strconv.FormatInt(int64(id), 10) }

// UnmarshalJSON reads a JSON number, a JSON string or null, which is zero.
func (id *ID) UnmarshalJSON(text []byte) error {
	if bytes.Equal(text, []byte("null")) {
		*id = 0
		return nil
	}
	n, err := ParseID(strings.Trim(string(text), `"`))
	if err != nil {
		return err
	}
	*id = n
	return nil
}
