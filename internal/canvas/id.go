package canvas

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// An ID is an id in Canvas. It may exceed 2^53, so it must never be converted to a float. Zero
// stands for null. Grader ids of tools are negative.
type ID int64

// shardWidth is the number of ids per shard: the global id of id 5 on shard 2 is
// 20000000000005 (Shard::IDS_PER_SHARD of the switchman gem).
const shardWidth = 10_000_000_000_000

// ParseID parses an id in a format of Canvas: digits, or a shard, a tilde and digits, which is
// the short format of a global id.
func ParseID(text string) (ID, error) {
	id, err := parseID(text)
	if err != nil {
		if number, ok := errors.AsType[*strconv.NumError](err); ok {
			err = number.Err // without the text, whose length is not limited
		}
		return 0, fmt.Errorf("id %q: %w", quote(text), err)
	}
	return id, nil
}

func parseID(text string) (ID, error) {
	shard, local, hasShard := strings.Cut(text, "~")
	if !hasShard {
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

// String returns the id in decimal, including its shard.
func (id ID) String() string { return strconv.FormatInt(int64(id), 10) }

// UnmarshalJSON decodes a JSON number, a JSON string or null, which is zero.
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
