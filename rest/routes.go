package rest

// A route is one line of the documented API.
type route struct {
	method string
	// path is as documented: the names of its parameters are those of the variables.
	path string
	// operation is what runs, of the folder operations; none for what only people may ask.
	operation string
	reply     reply
	// media are the types that an Accept header may ask for beside JSON, space-separated.
	media string
}

// base is where the API is mounted.
const base = "/lti/api"

// What the paths of most routes begin with.
const (
	courses     = "/account/{account_pk}/course/"
	assignments = courses + "{course_canvas_id}/assignment/"
	results     = assignments + "{assignment_canvas_id}/result/"
	attempts    = results + "{result_user__canvas_id}/attempt/"
	attempt     = attempts + "{attempt}/"
	latest      = results + "{user__canvas_id}/"
	users       = courses + "{course_canvas_id}/user/"
)

// Where answers are in the data of the operations.
const (
	atCourse     = "account.course"
	atAssignment = atCourse + ".assignment"
	atResult     = atAssignment + ".result"
	atBundle     = atResult + ".bundle"
	atFull       = atResult + ".bundles[full]"
)

// The types of what is not JSON.
const (
	comma    = "text/csv"
	archive  = "application/zip application/xml text/xml"
	anything = "*/*"
)

// routes are the documented API in the documentation's order.
func routes() []route {
	return []route{
		// Accounts
		{"GET", "/account/", "AccountList", list("accounts.nodes"), ""},
		{"GET", "/account/{id}/", "AccountDetail", one("account"), ""},

		// Courses
		{"GET", courses, "CourseList", list("account.courses.nodes"), ""},
		{"GET", courses + "{canvas_id}/", "CourseDetail", one(atCourse), ""},

		// Assignments
		{"GET", assignments, "AssignmentList", list(atCourse + ".assignments.nodes"), ""},
		{"GET", assignments + "{canvas_id}/", "AssignmentDetail", versioned(atAssignment), ""},
		{"PUT", assignments + "{canvas_id}/", "AssignmentUpdate", versioned("updateAssignment.assignment"), ""},
		{"PATCH", assignments + "{canvas_id}/", "AssignmentUpdate", versioned("updateAssignment.assignment"), ""},
		{"POST", assignments + "{canvas_id}/refresh/", "AssignmentRefresh", accepted, ""},
		{"POST", assignments + "{canvas_id}/upload/", "AssignmentUpload", accepted, ""},

		// Results
		{"GET", results, "ResultList", pages(atAssignment + ".results"), ""},
		{"GET", attempts, "AttemptList", list(atAssignment + ".results.nodes"), ""},
		{"GET", attempts + "{attempt_attempt}/step/{id}/", "AttemptStep", one(atResult + ".step"), ""},
		{"GET", attempt, "AttemptDetail", one(atResult), ""},
		{"GET", results + "{result_user__canvas_id}/step/{id}/", "ResultStep", one(atResult + ".step"), ""},
		{"GET", latest, "ResultDetail", one(atResult), ""},
		{"GET", users + "{user_canvas_id}/result/", "UserResultList", list(atCourse + ".user.results.nodes"), ""},

		// Result downloads
		{"GET", results + "csv/", "ResultTable", table(atAssignment), comma},
		{"GET", attempt + "basic_bundle/", "AttemptBasicBundle", download(atBundle), archive},
		{"GET", attempt + "basic_bundle/{path}/", "AttemptBasicBundle", member(atBundle), anything},
		{"GET", attempt + "bundle/", "AttemptBundle", download(atBundle), archive},
		{"GET", attempt + "bundle/{path}/", "AttemptBundle", member(atBundle), anything},
		{"GET", attempt + "full_bundle/", "AttemptFullBundle", download(atFull), archive},
		{"GET", attempt + "full_bundle/{path}/", "AttemptFullBundle", member(atFull), anything},
		{"GET", latest + "basic_bundle/", "ResultBasicBundle", download(atBundle), archive},
		{"GET", latest + "basic_bundle/{path}/", "ResultBasicBundle", member(atBundle), anything},
		{"GET", latest + "bundle/", "ResultBundle", download(atBundle), archive},
		{"GET", latest + "bundle/{path}/", "ResultBundle", member(atBundle), anything},
		{"GET", latest + "full_bundle/", "ResultFullBundle", download(atFull), archive},
		{"GET", latest + "full_bundle/{path}/", "ResultFullBundle", member(atFull), anything},

		// Product downloads
		{"GET", attempt + "product/", "AttemptProduct", download(atBundle), archive},
		{"GET", latest + "product/", "ResultProduct", download(atBundle), archive},

		// Users
		{"GET", users + "prefs/", "", activeUser, ""},
		{"POST", users + "prefs/", "", activeUser, ""},
		{"GET", users + "state/", "", activeUser, ""},
		{"GET", users + "{canvas_id}/", "UserDetail", one(atCourse + ".user"), ""},
	}
}
