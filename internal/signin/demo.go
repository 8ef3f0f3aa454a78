package signin

import (
	"net/http"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/session"
)

// errDemoRemote is the error for a demo sign-in from another computer.
var errDemoRemote = fault.New(fault.Forbidden, "The demo sign-in works only in a browser on the computer of the server, at a local address such as http://localhost:8080.")

// maxFormBytes is the maximum size of the form of the demo sign-in.
const maxFormBytes = 4 << 10

// roles are the roles with their names for people.
var roles = []struct {
	Role db.Role
	Name string
}{
	{db.RoleTeacher, "teacher"}, {db.RoleTA, "teaching assistant"}, {db.RoleDesigner, "course designer"}, {db.RoleStudent, "student"},
}

// serveDemo shows the roles of the demo.
func (p *Pages) serveDemo(w http.ResponseWriter, r *http.Request) error {
	if !session.IsLocal(r) {
		return errDemoRemote
	}
	return p.conf.Pages.Write(w, r, http.StatusOK, demoTemplate, roles)
}

// serveDemoSignIn signs in as a person of the demo data with a role.
func (p *Pages) serveDemoSignIn(w http.ResponseWriter, r *http.Request) error {
	if !session.IsLocal(r) {
		return errDemoRemote
	}
	if err := p.conf.Sessions.CheckOrigin(r); err != nil {
		return err
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxFormBytes)
	role := db.Role(r.PostFormValue("role"))
	if db.AccessRoles[role] == 0 {
		return fault.New(fault.BadInput, "The role is unknown: choose one of the roles of the demo page.")
	}
	e, err := p.conf.Store.PersonWithRole(r.Context(), p.conf.DemoCourses, role)
	if err != nil {
		return err
	}
	if err := p.conf.Sessions.SignIn(w, r, session.Person{UserID: e.UserID, IsDemo: true}); err != nil {
		return err
	}
	redirect(w, "app")
	return nil
}
