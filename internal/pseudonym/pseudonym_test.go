package pseudonym_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/internal/pseudonym"
)

// A pseudonym is the beginning of the HMAC that the standard library computes.
func TestNumber(t *testing.T) {
	t.Parallel()
	secret := pseudonym.NewSecret()
	k, err := pseudonym.NewKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []int64{0, 1, 4711, 1 << 52, -1} {
		mac := hmac.New(sha256.New, secret)
		mac.Write(binary.BigEndian.AppendUint64(nil, uint64(id)))
		want := int64(binary.BigEndian.Uint64(mac.Sum(nil)) >> 11)
		if got := k.Number(id); got != want || got < 0 || got >= 1<<53 {
			t.Errorf("Number(%d) = %d, want %d", id, got, want)
		}
	}
}

func TestNewKey(t *testing.T) {
	t.Parallel()
	if _, err := pseudonym.NewKey([]byte("short")); err == nil {
		t.Error("NewKey of a short secret succeeded")
	}
	secret := bytes.Repeat([]byte("s"), pseudonym.SecretSize)
	k, err := pseudonym.NewKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	if other, _ := pseudonym.NewKey(pseudonym.NewSecret()); other.Number(1) == k.Number(1) {
		t.Error("two secrets give the same pseudonym")
	}
	if text := fmt.Sprintf("%v %+v %#v %s", k, k, k, k); strings.Contains(text, "s,") || strings.Contains(text, "0x") || strings.Contains(text, "69") {
		t.Errorf("the key prints itself: %s", text)
	}
}
