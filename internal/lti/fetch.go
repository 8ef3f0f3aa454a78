package lti

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

const maxDocumentBytes = 256 << 10

// newClient returns the client of requests to platforms, which take at most timeout, including the response.
// Redirects are errors: no platform needs them, and they would take tokens to other servers.
func newClient(transport http.RoundTripper, timeout time.Duration) *http.Client {
	return &http.Client{Transport: transport, Timeout: timeout, CheckRedirect: func(*http.Request, []*http.Request) error {
		return errors.New("the address redirects")
	}}
}

// fetchJSON sends a request to a platform and parses the response. Its errors do not contain the URL, which may
// have a token.
func fetchJSON(client *http.Client, req *http.Request, to any) error {
	req.Header.Set("Accept", "application/json")
	res, err := client.Do(req)
	if withURL := (*url.Error)(nil); errors.As(err, &withURL) {
		err = withURL.Err
	}
	if err != nil {
		return err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxDocumentBytes+1))
	switch {
	case err != nil:
		return fmt.Errorf("read the response: %w", err)
	case res.StatusCode != http.StatusOK && res.StatusCode != http.StatusCreated:
		return fmt.Errorf("the status is %d", res.StatusCode)
	case len(body) > maxDocumentBytes:
		return fmt.Errorf("the response is larger than %d bytes", maxDocumentBytes)
	}
	if err := json.Unmarshal(body, to); err != nil {
		return fmt.Errorf("parse the response: %w", err)
	}
	return nil
}
