package rest

// contractGroups are the sections of the documentation: the name in the contract, the tag, and its
// description.
var contractGroups = [][3]string{
	{"account", "Accounts", "The Canvas installations of the courses."},
	{"course", "Courses", "The courses of an account that the key gives access to."},
	{"assignment", "Assignments", "The assignments of a course and their configuration."},
	{"result", "Results", "The results of all attempts, with their steps."},
	{"result download", "Result downloads", "Results as CSV, and the results bundles of the engine."},
	{"product download", "Product downloads", "The submitted files."},
	{"user", "Users", "The users of a course."},
}

// tags returns the OpenAPI tags.
func tags() (list []any) {
	for _, g := range contractGroups {
		list = append(list, obj("name", g[1], "description", g[2]))
	}
	return list
}

// tagOf returns the tag of a group of the contract, "" for an unknown group.
func tagOf(group string) string {
	for _, g := range contractGroups {
		if g[0] == group {
			return g[1]
		}
	}
	return ""
}

// pathSegments describes the path parameters by the path segment before the parameter. The examples
// exist in the demo data.
var pathSegments = map[string]struct {
	text    string
	example any
}{
	"account":      {"The `id` in the list of accounts.", 1},
	"course":       {"The course's id in Canvas.", 1001},
	"assignment":   {"The assignment's id in Canvas.", 501},
	"result":       {"The student's id in Canvas.", 9001},
	"user":         {"The user's id in Canvas.", 9001},
	"attempt":      {"The number of the attempt, from 1.", 1},
	"step":         {"The id of the task: the step id, followed by dotted numbers if the step ran several times.", "run.0"},
	"bundle":       {memberPathDescription, "result.xml"},
	"basic_bundle": {memberPathDescription, "result.xml"},
	"full_bundle":  {memberPathDescription, "result.xml"},
}

const memberPathDescription = "The path of the file in the bundle. Slashes may be encoded as `%2F`."

// fieldDescriptions describe the fields of requests that the GraphQL schema does not have.
var fieldDescriptions = map[string]string{
	"configfile":      "A new config: a bundle as zip or XML.",
	"recipefile":      "A new recipe: a bundle as zip or XML.",
	"canvas_id":       "The assignment's id in Canvas.",
	"configfile.name": "The name of the config file.",
	"configfile.url":  "The URL of the config.",
	"recipefile.name": "The name of the recipe file.",
	"recipefile.url":  "The URL of the recipe.",
	"evaluate": "The results to evaluate again: `pp` for paused results, `all` for all latest results, `old` for results of an older configuration, or a list of results, as JSON or as JSON in a string. " +
		"A result in the list is an object such as `{\"user\": 9001, \"attempt\": 2}`, without `attempt` the latest one of the student, or the id of the result. " +
		"REST responses have no ids of results. GraphQL has them: `{ account(momotorId: 1) { course(canvasId: 1001) { assignment(canvasId: 501) { results { nodes { momotorId attempt user { canvasId } } } } } } }`.",
	"replaceExisting": "Whether to replace existing grades in Canvas.",
	"sectionId":       "The Canvas id of a section, to upload the scores of this section only.",
	"uploadFailed":    "Whether to upload the scores of rejected results.",
	"uploadPassed":    "Whether to upload the scores of accepted results.",
}

// fragmentDescriptions are additions to the description of a type, by fragment.
var fragmentDescriptions = map[string]string{"ResultDetail": " With its steps.", "StepDetail": " With its details."}

// Texts that several descriptions share.
const (
	completeListText  = " The response is a complete array, in the order of insertion into this store."
	hiddenParentsText = " It is empty if the parent does not exist or the key has no access to it."
	attachmentText    = " The response is an attachment with the bundle's name, 404 if there is no such bundle, or 410 if the bundle was purged."
	singleFileText    = " Browsers show known types in a sandbox; other files are attachments. A bundle that is a plain XML file contains only this file."
	evaluateText      = " `evaluate` accepts results of this assignment only: an unknown id, student or attempt returns 400, and nothing changes. The first recipe also queues the paused submissions."
	warningsText      = " A recipe needs the namespace `http://momotor.org/1.0` and steps with unique ids. If steps depend on steps that the recipe does not have, it is accepted, and the response has `warnings`."
	personOnlyText    = " The route needs a signed-in person, and rejects API keys with 403."
	reviewersOnlyText = " Only teachers and teaching assistants have preferences; others get 403."
)

// operationDescriptions are the descriptions of the routes, by operation id.
var operationDescriptions = map[string]string{
	"accountList":       "The accounts with a course that the key gives access to." + completeListText,
	"accountDetail":     "One account.",
	"courseList":        "The courses that the key gives access to." + completeListText + hiddenParentsText,
	"courseDetail":      "One course.",
	"assignmentList":    "The assignments that are configured in Momotor." + completeListText + hiddenParentsText,
	"assignmentDetail":  "One assignment. The same key can download its files.",
	"assignmentReplace": "Does the same as PATCH: changes only the fields in the body, even if the body is a form." + evaluateText + warningsText,
	"assignmentUpdate":  "Changes only the fields in the body. Files need `multipart/form-data`; an invalid bundle returns 400 with the place of the error." + evaluateText + warningsText,
	"assignmentRefresh": "Updates an inactive assignment from Canvas in the background, at most once in 15 minutes. The body is ignored.",
	"assignmentUpload":  "Uploads scores to Canvas in the background. A repeated request has no effect until the first upload starts. Returns 503 if Canvas is not configured or did not respond last time.",

	"resultList":     "The latest result of each student, without steps." + completeListText + hiddenParentsText,
	"attemptList":    "All attempts of one student, without steps. The response is a complete array, in the order of the attempts." + hiddenParentsText,
	"attemptStep":    "One task of an attempt, with its details. Reports in the details are untrusted HTML.",
	"attemptDetail":  "One attempt, with its steps. `steps` has a list of tasks for each step.",
	"resultStep":     "One task of the latest attempt, with its details. Reports in the details are untrusted HTML.",
	"resultDetail":   "The latest attempt, with its steps. `steps` has a list of tasks for each step.",
	"userResultList": "The latest result of each assignment, without steps." + completeListText + hiddenParentsText,

	"resultTable":            "The latest result of each student as CSV (RFC 4180) in UTF-8: seventeen fixed columns, then the score and outcome of each task. Cells that a spreadsheet could evaluate as a formula get a leading apostrophe. The name of the file is the code of the course and the name of the assignment.",
	"attemptBasicBundle":     "The results without large attachments." + attachmentText,
	"attemptBasicBundleFile": "A file of the results without large attachments." + singleFileText,
	"attemptBundle":          "The full bundle, or the basic bundle after the full one was purged." + attachmentText,
	"attemptBundleFile":      "A file of the full bundle, or of the basic bundle after the full one was purged." + singleFileText,
	"attemptFullBundle":      "The complete results." + attachmentText,
	"attemptFullBundleFile":  "A file of the complete results." + singleFileText,
	"resultBasicBundle":      "The results of the latest attempt without large attachments." + attachmentText,
	"resultBasicBundleFile":  "A file of the results of the latest attempt without large attachments." + singleFileText,
	"resultBundle":           "The full bundle of the latest attempt, or the basic bundle after the full one was purged." + attachmentText,
	"resultBundleFile":       "A file of the full bundle of the latest attempt, or of the basic bundle after the full one was purged." + singleFileText,
	"resultFullBundle":       "The complete results of the latest attempt." + attachmentText,
	"resultFullBundleFile":   "A file of the complete results of the latest attempt." + singleFileText,
	"attemptProduct":         "The submitted files." + attachmentText,
	"resultProduct":          "The submitted files of the latest attempt." + attachmentText,

	"userPrefs":       "The preferences of the signed-in person for the course, an object that is empty at first." + reviewersOnlyText + personOnlyText,
	"userPrefsUpdate": "Replaces the preferences of the signed-in person for the course by the object in the body, of at most 64 KiB, and returns it." + reviewersOnlyText + personOnlyText,
	"userState":       "What Canvas says about the signed-in person in the course. The server asks Canvas at most once a minute. While Canvas does not respond, the response is the last known state: `as_of` and `age` say from when it is, and `failure` why Canvas was not asked again." + personOnlyText,
	"userDetail":      "One user of the course.",
}

// sharedParameters returns the parameters of several routes.
func sharedParameters() jsonObject {
	text := obj("type", "string")
	return obj(
		"section", obj("name", "section", "in", "query", "schema", scalarType("BigInt"), "example", 1101,
			"description", "The Canvas id of a section, to select the results of its students."),
		"bom", obj("name", "bom", "in", "query", "schema", obj("type", "boolean"), "example", true,
			"description", "Whether the table starts with a byte order mark (U+FEFF), which Excel needs to read UTF-8."),
		"format", obj("name", "format", "in", "query", "schema", obj("type", "string", "enum", []string{"json"}),
			"description", "The response format. `json` is the default, and other values return 404."),
		"ifMatch", obj("name", "If-Match", "in", "header", "schema", text, "description", "An `ETag`. The change fails with 412 if the tag is not the current version."),
		"ifNoneMatch", obj("name", "If-None-Match", "in", "header", "schema", text, "description", "An `ETag`. The response is 304 if it would still have this tag."),
		"csrfToken", obj("name", "X-CSRFToken", "in", "header", "required", true, "schema", text, "description", "The value of the cookie `csrftoken`."),
		"range", obj("name", "Range", "in", "header", "schema", text, "example", "bytes=0-99", "description", "The range of bytes to send, for example to resume a download."),
	)
}

func apiKeyScheme() jsonObject {
	return obj("type", "apiKey", "in", "header", "name", "Authorization",
		"description", "The word `Api-Key`, a space, and the key: `Api-Key PREFIX.SECRET`.")
}

func sessionScheme() jsonObject {
	return obj("type", "apiKey", "in", "cookie", "name", "__Host-resultgraph_session",
		"description", "The session of a person who is signed in, for pages of this server. Changes also need the value of the cookie `csrftoken` in the header `X-CSRFToken`.")
}
