package engine

import (
	"encoding/hex"
	"testing"
)

// TestRespond checks the response to a challenge of all bytes, twice (from a Momotor engine).
func TestRespond(t *testing.T) {
	t.Parallel()
	challenge := make([]byte, 512)
	for i := range challenge {
		challenge[i] = byte(i)
	}
	const want = "a383bcf75448992eedf8efd137649b3797a01d21913163755cc3e132240c483d56840010674f09cca9609514d31b391d7738f6f7e2f6058ffabef9db56176898"
	if got := hex.EncodeToString(respond("testkey", "secret", "saltsalt", challenge)); got != want {
		t.Errorf("respond(testkey, secret, saltsalt, 00 to ff twice) = %s, want %s", got, want)
	}
}
