package rest

import (
	"net/http"

	"github.com/momotor/resultgraph/internal/deadline"
)

// replaceObject responds to a request whose body is the new value of the object that the operation read
// selects: with the value at the path. It checks in the order of Django REST framework: permission and
// existence, which read fails for, and then the body.
func replaceObject(read, path string) responder {
	return func(ar *apiRequest, w http.ResponseWriter, r *http.Request) error {
		if err := ar.confirm(r); err != nil {
			return err
		}
		if _, err := ar.run(r.Context(), read, ar.variables); err != nil {
			return err
		}
		body, err := ar.readBody(w, r)
		if err != nil {
			return err
		}
		defer body.close()
		if len(body.files) > 0 || body.values == nil {
			return bodyError("No data provided")
		}
		ar.variables["body"] = body.values
		r = r.WithContext(deadline.Start(r.Context())) // the timeout does not include the body
		data, err := ar.run(r.Context(), ar.operation, ar.variables)
		if err != nil {
			return err
		}
		return ar.writeJSON(w, http.StatusOK, valueAt(data, path))
	}
}
