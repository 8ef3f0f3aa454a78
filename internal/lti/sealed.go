package lti

import (
	"encoding/base64"
	"encoding/json"

	"github.com/momotor/resultgraph/internal/seal"
)

// sealJSON returns a value as text for a URL that only this server can read and make.
func sealJSON(key *seal.Key, purpose string, value any) string {
	text, err := json.Marshal(value)
	if err != nil { // the values have nothing that JSON cannot encode
		panic(err)
	}
	return base64.RawURLEncoding.EncodeToString(key.Seal(text, purpose))
}

// openJSON opens a text of sealJSON with the same purpose.
func openJSON(key *seal.Key, purpose, sealed string, value any) error {
	raw, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil {
		return err
	}
	text, err := key.Open(raw, purpose)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, value)
}
