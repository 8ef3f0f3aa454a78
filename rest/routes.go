package rest

// A route is one method and path of the documented API.
type route struct {
	method string
	// path is the documented path. Its parameters have the names of the operation's variables.
	path string
	// operation is the name of an operation in the folder operations. It is "" if the route needs
	// a signed-in person.
	operation string
	respond   responder
	// extraTypes are the accepted media types other than JSON, separated by spaces.
	extraTypes string
}

// base is the path prefix of the API.
const base = "/lti/api"

// Prefixes of paths.
const (
	courses     = "/account/{account_pk}/course/"
	assignments = courses + "{course_canvas_id}/assignment/"
	results     = assignments + "{assignment_canvas_id}/result/"
	attempts    = results + "{result_user__canvas_id}/attempt/"
	attempt     = attempts + "{attempt}/"
	latest      = results + "{user__canvas_id}/"
	users       = courses + "{course_canvas_id}/user/"
)

// Paths of values in the data of the operations. "bundles[full]" is the item of the list bundles that
// has the kind full.
const (
	courseData     = "account.course"
	assignmentData = courseData + ".assignment"
	resultData     = assignmentData + ".result"
	bundleData     = resultData + ".bundle"
	fullBundleData = resultData + ".bundles[full]"
)

// Media types other than JSON.
const (
	csvType     = "text/csv"
	bundleTypes = "application/zip application/xml text/xml"
	anyType     = "*/*"
)

// routes returns all routes, in the order of the documentation.
func routes() []route {
	return []route{
		// Accounts
		{"GET", "/account/", "AccountList", list("accounts.nodes"), ""},
		{"GET", "/account/{id}/", "AccountDetail", object("account"), ""},

		// Courses
		{"GET", courses, "CourseList", list("account.courses.nodes"), ""},
		{"GET", courses + "{canvas_id}/", "CourseDetail", object(courseData), ""},

		// Assignments
		{"GET", assignments, "AssignmentList", list(courseData + ".assignments.nodes"), ""},
		{"GET", assignments + "{canvas_id}/", "AssignmentDetail", versionedObject(assignmentData), ""},
		{"PUT", assignments + "{canvas_id}/", "AssignmentUpdate", versionedObject("updateAssignment.assignment"), ""},
		{"PATCH", assignments + "{canvas_id}/", "AssignmentUpdate", versionedObject("updateAssignment.assignment"), ""},
		{"POST", assignments + "{canvas_id}/refresh/", "AssignmentRefresh", noContent, ""},
		{"POST", assignments + "{canvas_id}/upload/", "AssignmentUpload", noContent, ""},

		// Results
		{"GET", results, "ResultList", pagedList(assignmentData + ".results"), ""},
		{"GET", attempts, "AttemptList", list(assignmentData + ".results.nodes"), ""},
		{"GET", attempts + "{attempt_attempt}/step/{id}/", "AttemptStep", object(resultData + ".step"), ""},
		{"GET", attempt, "AttemptDetail", object(resultData), ""},
		{"GET", results + "{result_user__canvas_id}/step/{id}/", "ResultStep", object(resultData + ".step"), ""},
		{"GET", latest, "ResultDetail", object(resultData), ""},
		{"GET", users + "{user_canvas_id}/result/", "UserResultList", list(courseData + ".user.results.nodes"), ""},

		// Result downloads
		{"GET", results + "csv/", "ResultTable", csvTable(assignmentData), csvType},
		{"GET", attempt + "basic_bundle/", "AttemptBasicBundle", download(bundleData), bundleTypes},
		{"GET", attempt + "basic_bundle/{path}/", "AttemptBasicBundle", memberFile(bundleData), anyType},
		{"GET", attempt + "bundle/", "AttemptBundle", download(bundleData), bundleTypes},
		{"GET", attempt + "bundle/{path}/", "AttemptBundle", memberFile(bundleData), anyType},
		{"GET", attempt + "full_bundle/", "AttemptFullBundle", download(fullBundleData), bundleTypes},
		{"GET", attempt + "full_bundle/{path}/", "AttemptFullBundle", memberFile(fullBundleData), anyType},
		{"GET", latest + "basic_bundle/", "ResultBasicBundle", download(bundleData), bundleTypes},
		{"GET", latest + "basic_bundle/{path}/", "ResultBasicBundle", memberFile(bundleData), anyType},
		{"GET", latest + "bundle/", "ResultBundle", download(bundleData), bundleTypes},
		{"GET", latest + "bundle/{path}/", "ResultBundle", memberFile(bundleData), anyType},
		{"GET", latest + "full_bundle/", "ResultFullBundle", download(fullBundleData), bundleTypes},
		{"GET", latest + "full_bundle/{path}/", "ResultFullBundle", memberFile(fullBundleData), anyType},

		// Product downloads
		{"GET", attempt + "product/", "AttemptProduct", download(bundleData), bundleTypes},
		{"GET", latest + "product/", "ResultProduct", download(bundleData), bundleTypes},

		// Users
		{"GET", users + "prefs/", "", rejectAPIKey, ""},
		{"POST", users + "prefs/", "", rejectAPIKey, ""},
		{"GET", users + "state/", "", rejectAPIKey, ""},
		{"GET", users + "{canvas_id}/", "UserDetail", object(courseData + ".user"), ""},
	}
}
