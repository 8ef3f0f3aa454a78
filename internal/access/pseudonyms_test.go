package access

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/pseudonym"
	"github.com/momotor/resultgraph/internal/seal"
)

func newSealKey(t *testing.T, fill byte) *seal.Key {
	t.Helper()
	k, err := seal.NewKey(bytes.Repeat([]byte{fill}, seal.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// A key with a sealed secret has the pseudonyms of that secret, and changes nothing. It is unavailable if the
// secret cannot be opened. The log says why and has no secret.
func TestPseudonyms(t *testing.T) {
	t.Parallel()
	right, wrong := newSealKey(t, 1), newSealKey(t, 2)
	k, _ := parseKey(validKeyText)
	secret := NewPseudonymSecret(right, k.Prefix())
	if secret == NewPseudonymSecret(right, k.Prefix()) {
		t.Error("two keys have the same secret")
	}
	for name, c := range map[string]struct {
		seal   *seal.Key
		secret string
		opens  bool
	}{
		"right":              {right, secret, true},
		"wrong key":          {wrong, secret, false},
		"no key":             {nil, secret, false},
		"of another API key": {right, NewPseudonymSecret(right, "other"), false},
		"damaged":            {right, secret[1:], false},
	} {
		b := newFixture(KeyRecord{ID: 7, Prefix: k.Prefix(), Hash: k.Hash(), PseudonymSecret: c.secret})
		b.Seal = c.seal
		for range 2 {
			a, err := b.admit(t, validKeyText)
			switch {
			case !c.opens && (!errors.Is(err, fault.Unavailable) || !strings.Contains(fault.Describe(err).Message, "ask the operator")):
				t.Errorf("%s: admission = %v, want that the key is unavailable", name, err)
			case !c.opens:
			case err != nil:
				t.Fatal(err)
			case a.Remembered() == nil:
				p := a.confirmed.Load()
				if p.Pseudonyms == nil || !p.ReadOnly || p.Pseudonyms.Number(1) == (&pseudonym.Key{}).Number(1) {
					t.Errorf("%s: the principal is %+v, want a read-only one with pseudonyms", name, p)
				}
			}
		}
		if log := b.log.String(); (log == "") != c.opens || strings.Contains(log, c.secret) {
			t.Errorf("%s: the log is %q", name, log)
		}
	}
}

// A key that may read only figures changes nothing.
func TestFiguresOnly(t *testing.T) {
	t.Parallel()
	if p := (&KeyRecord{MinGroup: 5, CourseIDs: []int64{1}}).principal(nil); p.MinGroup != 5 || !p.ReadOnly || p.CanPublish(1) {
		t.Errorf("the principal is %+v, want a read-only one", p)
	}
}
