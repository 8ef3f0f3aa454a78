package rest

// A route is one method and path of the documented API.
type route struct {
	method string
	// path is the documented path. Its parameters have the names of the operation's variables.
	path string
	// operation is the name of an operation in the folder operations.
	operation string
	respond   responder
	// extraTypes are the accepted media types other than JSON, separated by spaces.
	extraTypes string
}

// personOnly reports whether the route is about the person who is signed in. An API key is no person.
func (rt *route) personOnly() bool { return rt.path == prefsPath || rt.path == statePath }

// basePath is the path prefix of the API.
const basePath = "/lti/api"

// Prefixes of paths.
const (
	coursesPath      = "/account/{account_pk}/course/"
	assignmentsPath  = coursesPath + "{course_canvas_id}/assignment/"
	resultsPath      = assignmentsPath + "{assignment_canvas_id}/result/"
	attemptsPath     = resultsPath + "{result_user__canvas_id}/attempt/"
	attemptPath      = attemptsPath + "{attempt}/"
	latestResultPath = resultsPath + "{user__canvas_id}/"
	usersPath        = coursesPath + "{course_canvas_id}/user/"
	prefsPath        = usersPath + "prefs/"
	statePath        = usersPath + "state/"
)

// Paths of values in the data of the operations. The operation behind a route chooses the kind of
// bundleData. Full bundles are an exception, because GraphQL returns the basic bundle in place of a
// missing full one: "bundles[full]" is the item of the list bundles that has the kind full.
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
		{"GET", coursesPath, "CourseList", list("account.courses.nodes"), ""},
		{"GET", coursesPath + "{canvas_id}/", "CourseDetail", object(courseData), ""},

		// Assignments
		{"GET", assignmentsPath, "AssignmentList", list(courseData + ".assignments.nodes"), ""},
		{"GET", assignmentsPath + "{canvas_id}/", "AssignmentDetail", currentAssignment, ""},
		{"PUT", assignmentsPath + "{canvas_id}/", "AssignmentUpdate", changedAssignment, ""},
		{"PATCH", assignmentsPath + "{canvas_id}/", "AssignmentUpdate", changedAssignment, ""},
		{"POST", assignmentsPath + "{canvas_id}/refresh/", "AssignmentRefresh", noContent, ""},
		{"POST", assignmentsPath + "{canvas_id}/upload/", "AssignmentUpload", noContent, ""},

		// Results
		{"GET", resultsPath, "ResultList", pagedList(assignmentData + ".results"), ""},
		{"GET", attemptsPath, "AttemptList", list(assignmentData + ".results.nodes"), ""},
		{"GET", attemptsPath + "{attempt_attempt}/step/{id}/", "AttemptStep", object(resultData + ".step"), ""},
		{"GET", attemptPath, "AttemptDetail", object(resultData), ""},
		{"GET", resultsPath + "{result_user__canvas_id}/step/{id}/", "ResultStep", object(resultData + ".step"), ""},
		{"GET", latestResultPath, "ResultDetail", object(resultData), ""},
		{"GET", usersPath + "{user_canvas_id}/result/", "UserResultList", list(courseData + ".user.results.nodes"), ""},

		// Result downloads
		{"GET", resultsPath + "csv/", "ResultTable", csvTable, csvType},
		{"GET", attemptPath + "basic_bundle/", "AttemptBasicBundle", download(bundleData), bundleTypes},
		{"GET", attemptPath + "basic_bundle/{path}/", "AttemptBasicBundle", memberFile(bundleData), anyType},
		{"GET", attemptPath + "bundle/", "AttemptBundle", download(bundleData), bundleTypes},
		{"GET", attemptPath + "bundle/{path}/", "AttemptBundle", memberFile(bundleData), anyType},
		{"GET", attemptPath + "full_bundle/", "AttemptFullBundle", download(fullBundleData), bundleTypes},
		{"GET", attemptPath + "full_bundle/{path}/", "AttemptFullBundle", memberFile(fullBundleData), anyType},
		{"GET", latestResultPath + "basic_bundle/", "ResultBasicBundle", download(bundleData), bundleTypes},
		{"GET", latestResultPath + "basic_bundle/{path}/", "ResultBasicBundle", memberFile(bundleData), anyType},
		{"GET", latestResultPath + "bundle/", "ResultBundle", download(bundleData), bundleTypes},
		{"GET", latestResultPath + "bundle/{path}/", "ResultBundle", memberFile(bundleData), anyType},
		{"GET", latestResultPath + "full_bundle/", "ResultFullBundle", download(fullBundleData), bundleTypes},
		{"GET", latestResultPath + "full_bundle/{path}/", "ResultFullBundle", memberFile(fullBundleData), anyType},

		// Product downloads
		{"GET", attemptPath + "product/", "AttemptProduct", download(bundleData), bundleTypes},
		{"GET", latestResultPath + "product/", "ResultProduct", download(bundleData), bundleTypes},

		// Users
		{"GET", prefsPath, "UserPrefs", object("viewer.preferences"), ""},
		{"POST", prefsPath, "UserPrefsUpdate", replaceObject("UserPrefs", "setPreferences.value"), ""},
		{"GET", statePath, "UserState", object("viewer.state"), ""},
		{"GET", usersPath + "{canvas_id}/", "UserDetail", object(courseData + ".user"), ""},
	}
}
