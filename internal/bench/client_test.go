package bench

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
)

// A client sends requests one after the other on one connection. It takes less CPU than http.Client,
// which would make slow servers look better.
type client struct {
	host string
	conn net.Conn
	in   *bufio.Reader
}

// send sends a request, copies the body of the response to a writer, and returns the number of its bytes.
// It fails unless the status is 200 or, for a conditional request, 304.
func (c *client) send(request []byte, body io.Writer) (*http.Response, int64, error) {
	if c.conn == nil {
		conn, err := net.Dial("tcp", c.host)
		if err != nil {
			return nil, 0, err
		}
		c.conn, c.in = conn, bufio.NewReaderSize(conn, 64<<10)
	}
	if _, err := c.conn.Write(request); err != nil {
		return nil, 0, err
	}
	res, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return nil, 0, err
	}
	defer res.Body.Close()
	n, err := io.Copy(body, res.Body)
	if err == nil && res.StatusCode != http.StatusOK && res.StatusCode != http.StatusNotModified {
		err = fmt.Errorf("the server returns %s", res.Status)
	}
	if res.Close {
		c.close()
	}
	return res, n, err
}

func (c *client) close() {
	if c.conn != nil {
		c.conn.Close()
		c.conn = nil
	}
}
