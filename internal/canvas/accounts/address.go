package accounts

import (
	"fmt"
	"net"
	"net/url"

	"github.com/momotor/resultgraph/db"
)

// baseURL returns the URL of an account's Canvas. Tokens are sent there, so the scheme must be
// https unless the host is local.
func baseURL(account *db.Account) (*url.URL, error) {
	u, err := url.Parse(account.BaseURL)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("the base URL of account %d is invalid: import the account with one like https://canvas.example.edu", account.MomotorID)
	case u.Scheme == "https", u.Scheme == "http" && isLoopback(u.Hostname()):
		return u, nil
	}
	return nil, fmt.Errorf("the base URL of account %d, %s, is not https, which tokens require: import the account with an https URL", account.MomotorID, u)
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
