package query

import (
	"crypto/sha256"
	"database/sql/driver"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"

	"github.com/uptrace/bun/dialect"
	"github.com/uptrace/bun/schema"
	"modernc.org/sqlite"

	"github.com/momotor/resultgraph/internal/pseudonym"
)

// Pseudonyms are the numbers that replace the ids of people for a caller. The zero Pseudonyms replace
// nothing. They are a part of a Scope, so that the statements of all callers have the same text.
type Pseudonyms struct{ inner, outer paddedKey }

// A paddedKey is a half of a pseudonym.Key in hexadecimal.
type paddedKey struct {
	source paramSource
	text   string
}

func pseudonymsOf(k *pseudonym.Key) Pseudonyms {
	if k == nil {
		return Pseudonyms{}
	}
	inner, outer := k[:sha256.BlockSize], k[sha256.BlockSize:]
	return Pseudonyms{paddedKey{fromInnerKey, hex.EncodeToString(inner)}, paddedKey{fromOuterKey, hex.EncodeToString(outer)}}
}

// Exist reports whether people are replaced.
func (p Pseudonyms) Exist() bool { return p.inner.text != "" }

// Number returns the SQL of the pseudonym of an id. Column is the SQL of the id. PostgreSQL computes what
// pseudonym.Key.Number computes, and SQLite calls that function.
func (p Pseudonyms) Number(column string) Clause {
	return SQL("????? "+column+"?", // the space separates the name from the placeholder
		dialectSQL{"(('x' || encode(substr(sha256(decode(", "pseudonym("}, p.outer,
		dialectSQL{", 'hex') || sha256(decode(", ", "}, p.inner,
		dialectSQL{", 'hex') || int8send(", ", "},
		dialectSQL{"))), 1, 7), 'hex'))::bit(56)::bigint >> 3)", ")"})
}

// AppendQuery appends the key as a text.
func (k paddedKey) AppendQuery(gen schema.QueryGen, b []byte) ([]byte, error) {
	if _, ok := gen.Dialect().(*paramDialect); !ok {
		return gen.Dialect().AppendString(b, k.text), nil
	}
	if gen.Dialect().Name() == dialect.SQLite {
		return param{source: k.source}.AppendQuery(gen, b)
	}
	return param{source: k.source}.appendBetween(gen, b, "", "::text")
}

// registerPseudonym registers the function pseudonym(outer, inner, id) for all SQLite connections that are
// opened later.
var registerPseudonym = sync.OnceFunc(func() {
	sqlite.MustRegisterDeterministicScalarFunction("pseudonym", 3, func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
		id, ok := args[2].(int64)
		text := fmt.Sprint(args[1]) + fmt.Sprint(args[0])
		if !ok || len(text) != 2*len(pseudonym.Key{}) {
			return nil, errors.New("compute a pseudonym: the arguments must be two keys and an id")
		}
		var k pseudonym.Key
		_, err := hex.Decode(k[:], []byte(text))
		return k.Number(id), err
	})
})
