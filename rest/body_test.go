package rest

import (
	"errors"
	"io"
	"net/http/httptest"
	"testing"

	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/form"
)

// A form for which the quota has no space is rejected before it is received.
func TestFormWithoutQuota(t *testing.T) {
	t.Parallel()
	for quota, want := range map[int64]error{1: fault.Unavailable, 1 << 30: fault.BadInput} {
		body, sender := io.Pipe()
		sender.Close()
		r := httptest.NewRequest("PATCH", "/", body)
		r.Header.Set("Content-Type", "multipart/form-data; boundary=b")
		r.ContentLength = 100
		ar := &apiRequest{conf: &Config{MaxUploadBytes: 1 << 20, Uploads: form.NewQuota(quota)}}
		_, err := ar.readBody(httptest.NewRecorder(), r)
		if f := fault.Describe(err); !errors.Is(err, want) || (f.Kind == fault.Unavailable) != (f.RetrySeconds() > 0) {
			t.Errorf("with a quota of %d bytes: %v, want %v", quota, err, want)
		}
	}
}
