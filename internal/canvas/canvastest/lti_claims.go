package canvastest

import (
	"slices"
	"strconv"
	"strings"
)

const claim = "https://purl.imsglobal.org/spec/lti/claim/"

// ltiRoles are the LTI roles for the types of enrollments (lib/lti/substitutions_helper.rb of Canvas).
var ltiRoles = map[string][]string{
	Student:  {"http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"},
	Teacher:  {"http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"},
	TA:       {"http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#TeachingAssistant", "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"},
	Designer: {"http://purl.imsglobal.org/vocab/lis/v2/membership#ContentDeveloper"},
	Observer: {"http://purl.imsglobal.org/vocab/lis/v2/membership#Mentor"},
	studentView: {
		"http://purl.imsglobal.org/vocab/lis/v2/membership#Learner", "http://purl.imsglobal.org/vocab/lti/system/person#TestUser",
	},
}

// claims returns the claims of the token of a launch.
func (s *Server) claims(l *launch, nonce string) object {
	now := s.now()
	kinds, sections := s.state.rolesIn(l.course, l.user.ID)
	roles := []string{"http://purl.imsglobal.org/vocab/lis/v2/system/person#User"}
	for _, k := range kinds {
		roles = append(roles, ltiRoles[k]...)
	}
	given, family, _ := strings.Cut(l.user.Name, " ")
	link := object{"id": opaqueID("course", l.course.ID), "title": l.course.Name, "description": ""}
	if l.assignment != nil {
		link["id"], link["title"] = opaqueID("assignment", l.assignment.ID), l.assignment.Name
	}
	return example("lti_launch.json", object{
		"iss": s.issuer(), "aud": l.tool.ClientID, "azp": l.tool.ClientID, "sub": opaqueID("user", l.user.ID), "nonce": nonce,
		"iat": now.Unix(), "exp": now.Add(idTokenLifetime).Unix(),
		"name": l.user.Name, "given_name": given, "family_name": family,
		claim + "deployment_id": l.tool.DeploymentID, claim + "target_link_uri": l.tool.TargetLinkURI,
		claim + "roles": roles, claim + "resource_link": link, claim + "custom": s.custom(l, kinds, sections),
		claim + "context": object{
			"id": opaqueID("course", l.course.ID), "label": l.course.Code, "title": l.course.Name,
			"type": []string{"http://purl.imsglobal.org/vocab/lis/v2/course#CourseOffering"},
		},
	})
}

// rolesIn returns the types and sections of a user's enrollments in a course.
func (st *state) rolesIn(c *course, user int64) (kinds, sections []string) {
	for _, e := range st.enrollments {
		if e.user.ID == user && e.section.course == c && e.state == "active" {
			kinds, sections = append(kinds, e.kind), append(sections, strconv.FormatInt(e.section.ID, 10))
		}
	}
	slices.Sort(kinds)
	return slices.Compact(kinds), sections
}

// custom returns the expanded custom fields of a tool, with numbers as JSON numbers like Canvas.
func (s *Server) custom(l *launch, kinds, sections []string) object {
	known := object{
		"$Canvas.user.id": l.user.ID, "$Canvas.course.id": l.course.ID, "$Canvas.course.name": l.course.Name,
		"$Canvas.course.sectionIds": strings.Join(sections, ","), "$Canvas.membership.roles": strings.Join(roleNames(kinds), ","),
		"$Canvas.user.loginId": l.user.Login, "$Canvas.api.baseUrl": s.URL, "$Canvas.api.domain": strings.TrimPrefix(s.URL, "http://"),
	}
	if l.actor != nil {
		known["$Canvas.masqueradingUser.id"] = l.actor.ID
	}
	if l.assignment != nil {
		known["$Canvas.assignment.id"] = l.assignment.ID
	}
	fields := object{}
	for name, value := range l.tool.Custom {
		if expanded, ok := known[value]; ok {
			fields[name] = expanded
		} else {
			fields[name] = value
		}
	}
	return fields
}

// roleNames returns the names of the roles of enrollments. The test student of Student View has the role of
// a student (get_built_in_role_for_type in app/models/enrollment.rb of Canvas).
func roleNames(kinds []string) (names []string) {
	for _, k := range kinds {
		if k == studentView {
			k = Student
		}
		names = append(names, k)
	}
	return names
}
