package lti

import (
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/canvas"
)

// claims are the claims of a launch that this server uses: https://www.imsglobal.org/spec/lti/v1p3.
type claims struct {
	Subject         string    `json:"sub"`
	AuthorizedParty string    `json:"azp"`
	Name            string    `json:"name"`
	GivenName       string    `json:"given_name"`
	FamilyName      string    `json:"family_name"`
	MessageType     string    `json:"https://purl.imsglobal.org/spec/lti/claim/message_type"`
	Version         string    `json:"https://purl.imsglobal.org/spec/lti/claim/version"`
	DeploymentID    string    `json:"https://purl.imsglobal.org/spec/lti/claim/deployment_id"`
	TargetLinkURI   string    `json:"https://purl.imsglobal.org/spec/lti/claim/target_link_uri"`
	Roles           *[]string `json:"https://purl.imsglobal.org/spec/lti/claim/roles"` // nil if missing
	ResourceLink    struct {
		ID string `json:"id"`
	} `json:"https://purl.imsglobal.org/spec/lti/claim/resource_link"`
	Context struct {
		ID    string `json:"id"`
		Label string `json:"label"`
		Title string `json:"title"`
	} `json:"https://purl.imsglobal.org/spec/lti/claim/context"`
	Platform struct {
		GUID string `json:"guid"`
		Name string `json:"name"`
	} `json:"https://purl.imsglobal.org/spec/lti/claim/tool_platform"`
	Custom map[string]customField `json:"https://purl.imsglobal.org/spec/lti/claim/custom"`
}

// The custom fields that the configuration of the tool requests, with the variables of Canvas.
const (
	fieldUserID     = "canvas_user_id"
	fieldLogin      = "canvas_login_id"
	fieldActingUser = "canvas_masquerading_user_id"
	fieldCourseID   = "canvas_course_id"
	fieldCourseName = "canvas_course_name"
	fieldSections   = "canvas_section_ids"
	fieldRoles      = "canvas_roles"
	fieldAssignment = "canvas_assignment_id"
	fieldAPIBaseURL = "canvas_api_base_url"
)

var customVariables = map[string]string{
	fieldUserID: "$Canvas.user.id", fieldLogin: "$Canvas.user.loginId", fieldActingUser: "$Canvas.masqueradingUser.id",
	fieldCourseID: "$Canvas.course.id", fieldCourseName: "$Canvas.course.name", fieldSections: "$Canvas.course.sectionIds",
	fieldRoles: "$Canvas.membership.roles", fieldAssignment: "$Canvas.assignment.id", fieldAPIBaseURL: "$Canvas.api.baseUrl",
}

// A customField is the text of a custom field, "" if Canvas has no value for its variable: the variable then
// arrives as it was requested. Canvas sends numbers as numbers or as strings.
type customField string

// UnmarshalJSON implements json.Unmarshaler.
func (f *customField) UnmarshalJSON(data []byte) error {
	var text string
	if json.Unmarshal(data, &text) != nil {
		text = string(data) // a number; other values are no id and no text
	}
	if text == "null" || strings.HasPrefix(text, "$Canvas.") {
		text = ""
	}
	*f = customField(text)
	return nil
}

// text returns a custom field.
func (c *claims) text(name string) string { return string(c.Custom[name]) }

// id returns a custom field with an id of Canvas; 0 if it is missing or no id.
func (c *claims) id(name string) int64 {
	id, err := canvas.ParseID(c.text(name))
	if err != nil || id < 0 {
		return 0
	}
	return int64(id)
}

// check fails if a required claim is missing or wrong.
func (c *claims) check(clientID string, audience []string, base string) error {
	switch {
	case c.Version != "1.3.0":
		return errors.New("the version is not 1.3.0")
	case c.MessageType != resourceLinkRequest:
		return errors.New("the message is no launch of a resource link")
	case c.Roles == nil:
		return errors.New("the roles are missing")
	case c.ResourceLink.ID == "":
		return errors.New("the resource link is missing")
	case c.DeploymentID == "" || len(c.DeploymentID) > 255:
		return errors.New("the deployment id is missing or too long")
	case c.Subject == "" || len(c.Subject) > 255:
		return errors.New("the subject is missing or too long")
	case len(audience) > 1 && c.AuthorizedParty == "", c.AuthorizedParty != "" && c.AuthorizedParty != clientID:
		return errors.New("the token is for another client")
	case !isOn(base, c.TargetLinkURI):
		return errors.New("the target link is on another server")
	}
	return nil
}

// enrollmentRoles are the roles by the types of enrollments in Canvas.
var enrollmentRoles = map[string]db.Role{
	"TeacherEnrollment": db.RoleTeacher, "TaEnrollment": db.RoleTA, "DesignerEnrollment": db.RoleDesigner, "StudentEnrollment": db.RoleStudent,
}

// membershipRoles are the roles of LTI that have rights here, without the prefixes of their full names. All
// other roles, such as Mentor and the roles in an institution, have none.
var membershipRoles = map[string]db.Role{"Instructor": db.RoleTeacher, "ContentDeveloper": db.RoleDesigner, "Learner": db.RoleStudent}

const (
	membershipPrefix  = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
	teachingAssistant = "http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#TeachingAssistant"
	// testUser is the role of the test student of Canvas' Student View, who is a student too.
	testUser = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"
)

// isStudentView reports whether the person is the test student of Canvas' Student View.
func (c *claims) isStudentView() bool { return slices.Contains(*c.Roles, testUser) }

// roles returns the roles of the person in the course. Those of Canvas are exact; those of LTI are the
// fallback. In LTI a teaching assistant is an instructor too, but not a teacher here.
func (c *claims) roles() (roles []db.Role) {
	add := func(role db.Role, ok bool) {
		if ok && !slices.Contains(roles, role) {
			roles = append(roles, role)
		}
	}
	if text := c.text(fieldRoles); text != "" {
		for name := range strings.SplitSeq(text, ",") {
			role, ok := enrollmentRoles[strings.TrimSpace(name)]
			add(role, ok)
		}
		return roles
	}
	isAssistant := slices.Contains(*c.Roles, teachingAssistant)
	add(db.RoleTA, isAssistant)
	for _, name := range *c.Roles {
		role, ok := membershipRoles[strings.TrimPrefix(name, membershipPrefix)]
		add(role, ok && !(isAssistant && role == db.RoleTeacher))
	}
	return roles
}

// sections returns the Canvas ids of the sections of the person, and whether the launch has them.
func (c *claims) sections() (ids []int64, known bool) {
	text := c.text(fieldSections)
	if text == "" {
		return nil, false
	}
	for item := range strings.SplitSeq(text, ",") {
		id, err := canvas.ParseID(strings.TrimSpace(item))
		if err != nil || id <= 0 {
			return nil, false
		}
		ids = append(ids, int64(id))
	}
	return ids, true
}

// baseURL returns the address of the Canvas, or "" if the launch does not have it.
func (c *claims) baseURL() string {
	u, err := url.Parse(c.text(fieldAPIBaseURL))
	if err != nil || u.Host == "" {
		return ""
	}
	return db.Origin(u.String())
}

// sortableName returns the name of the person with the family name first, or "".
func (c *claims) sortableName() string {
	if c.GivenName == "" || c.FamilyName == "" {
		return ""
	}
	return c.FamilyName + ", " + c.GivenName
}
