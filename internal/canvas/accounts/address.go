package accounts

import (
	"fmt"
	"net"
	"net/url"

	"github.com/momotor/resultgraph/db"
)

// address is where the Canvas of an account is. Tokens go there, so it must be https,
// unless it is on this computer.
func address(of *db.Account) (*url.URL, error) {
	u, err := url.Parse(of.BaseURL)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("the base URL of account %d is no address of a Canvas: import the account with one like https://canvas.example.edu", of.MomotorID)
	case u.Scheme == "https", u.Scheme == "http" && loopback(u.Hostname()):
		return u, nil
	}
	return nil, fmt.Errorf("the base URL of account %d, %s, is not https, and a token is sent over nothing else: import the account with one that is", of.MomotorID, u)
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
