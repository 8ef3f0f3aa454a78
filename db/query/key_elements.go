package query

import (
	"math/bits"
	"slices"
	"strconv"
	"strings"
)

// A keyElements is a set of elements of a Key. Bit i stands for element i.
type keyElements byte

// firstElements returns the set of the first n elements.
func firstElements(n int) keyElements { return 1<<n - 1 }

func (e keyElements) has(i int) bool { return e>>i&1 == 1 }

// sharedBy returns those elements that are equal in all keys.
func (e keyElements) sharedBy(keys []Key) keyElements {
	for i, first := range keys[0] {
		if slices.ContainsFunc(keys, func(k Key) bool { return k[i] != first }) {
			e &^= 1 << i
		}
	}
	return e
}

// shareKeys makes the elements that are equal in all keys parameters of the statement of a plan for
// SQLite. The statement then decodes less JSON for each parent. If all elements are equal, there is only
// one parent: the statement needs no table of parents, and SQLite reads the rows in the order of an index.
func (p *Plan) shareKeys(db *DB, keys []Key) {
	if IsPostgres(db) || p.Count || p.list != nil || p.analysis != nil || p.aggregation() != nil || len(keys) == 0 {
		return
	}
	if shared := p.keyElements().sharedBy(keys); len(keys) == 1 || shared != p.keyElements() {
		p.shared = shared
	}
}

// keyElements returns the elements of the keys that the plan uses, at least the first.
func (p *Plan) keyElements() keyElements { return firstElements(max(p.Joins[0].Edge.keyWidth(), 1)) }

// replace replaces the columns of the elements in the table of parents by parameters.
func (e keyElements) replace(sql string, d *paramDialect) string {
	for i := range len(Key{}) {
		column := "parent.k" + strconv.Itoa(i)
		if e.has(i) && strings.Contains(sql, column) {
			sql = strings.ReplaceAll(sql, column, "$"+strconv.Itoa(d.number(param{source: fromSharedKey, index: i})))
		}
	}
	return sql
}

// appendJSON appends the elements of a key: a number, or an array if there are several.
func (e keyElements) appendJSON(b []byte, key Key) []byte {
	separator := byte('[')
	for i, v := range key {
		if !e.has(i) {
			continue
		}
		if e.number() > 1 {
			b = append(b, separator)
		}
		b, separator = strconv.AppendInt(b, v, 10), ','
	}
	if e.number() > 1 {
		b = append(b, ']')
	}
	return b
}

func (e keyElements) number() int { return bits.OnesCount8(uint8(e)) }
