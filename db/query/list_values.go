package query

import (
	"cmp"
	"encoding/json"
	"slices"
	"sort"
	"strconv"
)

// listValues are the values of a list, of all people of some courses.
type listValues struct {
	kind Kind
	// values are sorted by course, member and value.
	values []listValue
	// courses are the courses whose values were read.
	courses map[int64]bool
}

// A listValue is a value of a list of numbers or of texts.
type listValue struct {
	course, member, number int64
	text                   string
}

// missing returns the courses of parents whose values were not read, as keys.
func (lv *listValues) missing(parents []Key) []Key {
	var keys []Key
	for _, p := range parents {
		course := Key{p[0]}
		if !lv.courses[p[0]] && !slices.Contains(keys, course) {
			keys = append(keys, course)
		}
	}
	return keys
}

func compareListValues(a, b listValue) int {
	switch {
	case a.course != b.course:
		return cmp.Compare(a.course, b.course)
	case a.member != b.member:
		return cmp.Compare(a.member, b.member)
	case a.number != b.number:
		return cmp.Compare(a.number, b.number)
	}
	return cmp.Compare(a.text, b.text)
}

// add adds a value. The values must be sorted before the next call of appendCell.
func (lv *listValues) add(course, member int64, value []byte) (err error) {
	v := listValue{course: course, member: member}
	if lv.kind == KindInts {
		v.number, err = ParseInt(value)
	} else {
		v.text = string(value)
	}
	lv.values = append(lv.values, v)
	return err
}

func (lv *listValues) sort() { slices.SortFunc(lv.values, compareListValues) }

// appendCell appends the list of a person as a JSON array.
func (lv *listValues) appendCell(b []byte, course, member int64) ([]byte, error) {
	i := sort.Search(len(lv.values), func(i int) bool {
		v := &lv.values[i]
		return v.course > course || v.course == course && v.member >= member
	})
	b = append(b, '[')
	for first := i; i < len(lv.values) && lv.values[i].course == course && lv.values[i].member == member; i++ {
		switch {
		case i == first:
		case lv.values[i] == lv.values[i-1]:
			continue
		default:
			b = append(b, ',')
		}
		if lv.kind == KindInts {
			b = strconv.AppendInt(b, lv.values[i].number, 10)
			continue
		}
		text, err := json.Marshal(lv.values[i].text)
		if err != nil {
			return nil, err
		}
		b = append(b, text...)
	}
	return append(b, ']'), nil
}
