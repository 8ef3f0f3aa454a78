package rest

// groups are the documentation's sections: as the contract calls them, as the tags do, and
// what is in them.
var contractGroups = [][3]string{
	{"account", "Accounts", "The Canvas installations that courses come from."},
	{"course", "Courses", "The courses of an account that the key opens."},
	{"assignment", "Assignments", "What Momotor assesses in a course, and how."},
	{"result", "Results", "What became of each attempt, down to each step."},
	{"result download", "Result downloads", "Results as a table, and the bundles that the engine wrote."},
	{"product download", "Product downloads", "What was handed in."},
	{"user", "Users", "The people of a course."},
}

// tags are the sections with what is in them.
func tags() (list []any) {
	for _, g := range contractGroups {
		list = append(list, obj("name", g[1], "description", g[2]))
	}
	return list
}

// tag returns that of a group of the contract.
func tagOf(group string) string {
	for _, g := range contractGroups {
		if g[0] == group {
			return g[1]
		}
	}
	return ""
}

// segments say what the parameter after each segment of a path is. The examples are in the demo.
var pathSegments = map[string]struct {
	text    string
	example any
}{
	"account":      {"Momotor's id of the account, the `id` in the list of accounts.", 1},
	"course":       {"The course's id in Canvas.", 1001},
	"assignment":   {"The assignment's id in Canvas.", 501},
	"result":       {"The student's id in Canvas.", 9001},
	"user":         {"The person's id in Canvas.", 9001},
	"attempt":      {"The attempt, counted from 1.", 1},
	"step":         {"The id of the task: that of the step and, where it ran several times, dotted numbers.", "run.0"},
	"bundle":       {memberPathDescription, "result.xml"},
	"basic_bundle": {memberPathDescription, "result.xml"},
	"full_bundle":  {memberPathDescription, "result.xml"},
}

const memberPathDescription = "The path of the file as the bundle lists it. Slashes may stand as they are or as `%2F`."

// fieldWords say what the fields of requests are, where the schema has no such field.
var fieldDescriptions = map[string]string{
	"configfile":      "A new config: a bundle as zip or XML.",
	"recipefile":      "A new recipe: a bundle as zip or XML.",
	"canvas_id":       "The assignment's id in Canvas.",
	"configfile.name": "The name of the config's file.",
	"configfile.url":  "Where the config can be downloaded.",
	"recipefile.name": "The name of the recipe's file.",
	"recipefile.url":  "Where the recipe can be downloaded.",
	"evaluate":        "What to process once more: `pp` what is paused, `all` all latest results, `old` those of an older configuration, or the ids of some (`momotorId` in GraphQL) as a JSON list, in a string or not.",
	"replaceExisting": "Whether a grade that Canvas has already is replaced.",
	"sectionId":       "The Canvas id of the section to upload for; without it all.",
	"uploadFailed":    "Whether to upload what was rejected.",
	"uploadPassed":    "Whether to upload what was accepted.",
}

// furtherWords tell fragments of one type apart.
var fragmentDescriptions = map[string]string{"ResultDetail": " With its steps.", "StepDetail": " With its details."}

// What is said of several routes.
const (
	completeListText  = " The list is bare, complete, and in the order in which its items came into this store."
	hiddenParentsText = " Of parents that do not exist, or that the key does not open, the list is empty."
	attachmentText    = " It is sent as an attachment with the bundle's own name. 404 when there never was one, 410 when it is kept no longer."
	singleFileText    = " Known kinds of files are shown in a sandbox, others are attachments. Of a bundle that is plain XML, it is the only file."
	evaluateText      = " `evaluate` is about results in this assignment; an unknown id is a 400, and then nothing is changed. With the first recipe the submissions that waited are processed."
	personOnlyText    = " **Comes later:** it is for people who are signed in; an API key is refused with 403, before and after."
)

// remarks are the descriptions of the routes.
var operationDescriptions = map[string]string{
	"accountList":       "Those with a course that the key opens." + completeListText,
	"accountDetail":     "One account.",
	"courseList":        "Those that the key opens." + completeListText + hiddenParentsText,
	"courseDetail":      "One course.",
	"assignmentList":    "Those that were configured in Momotor." + completeListText + hiddenParentsText,
	"assignmentDetail":  "One assignment. Its files can be downloaded with the same key.",
	"assignmentReplace": "Takes the same as PATCH, and leaves what is not named as it is, in a form too." + evaluateText,
	"assignmentUpdate":  "Changes what is named and nothing else. Files come as `multipart/form-data`; a bundle that is not valid is a 400 that says where." + evaluateText,
	"assignmentRefresh": "Brings an assignment that is not active up to date with Canvas, at most once in 15 minutes. No body is needed; one is ignored.",
	"assignmentUpload":  "Sends scores to Canvas in the background. One that waits already is not doubled. 503 when Canvas is not set up, or did not answer last time.",

	"resultList":     "The latest result of each student, without the steps." + completeListText + hiddenParentsText,
	"attemptList":    "All attempts of one student, first attempt first, without the steps. The list is bare and complete." + hiddenParentsText,
	"attemptStep":    "One task of an attempt, with its details. Reports in them are untrusted HTML.",
	"attemptDetail":  "One attempt, with its steps.",
	"resultStep":     "One task of the latest attempt, with its details. Reports in them are untrusted HTML.",
	"resultDetail":   "The latest attempt, with its steps: a list of steps, each the list of its tasks.",
	"userResultList": "The latest result of each assignment, without the steps." + completeListText + hiddenParentsText,

	"resultTable":            "A row for the latest result of each student, after RFC 4180 in UTF-8: seventeen fixed columns, then score and outcome of each task. A cell that a spreadsheet could take for a formula begins with an apostrophe.",
	"attemptBasicBundle":     "The results without large attachments." + attachmentText,
	"attemptBasicBundleFile": "A file of the results without large attachments." + singleFileText,
	"attemptBundle":          "The full bundle while it is kept, then the basic one." + attachmentText,
	"attemptBundleFile":      "A file of the full bundle while that is kept, then of the basic one." + singleFileText,
	"attemptFullBundle":      "The complete results." + attachmentText,
	"attemptFullBundleFile":  "A file of the complete results." + singleFileText,
	"resultBasicBundle":      "The results of the latest attempt without large attachments." + attachmentText,
	"resultBasicBundleFile":  "A file of the results of the latest attempt without large attachments." + singleFileText,
	"resultBundle":           "The full bundle of the latest attempt while it is kept, then the basic one." + attachmentText,
	"resultBundleFile":       "A file of the full bundle of the latest attempt while that is kept, then of the basic one." + singleFileText,
	"resultFullBundle":       "The complete results of the latest attempt." + attachmentText,
	"resultFullBundleFile":   "A file of the complete results of the latest attempt." + singleFileText,
	"attemptProduct":         "What was handed in." + attachmentText,
	"resultProduct":          "What was handed in at the latest attempt." + attachmentText,

	"userPrefs":     "The settings of the person who asks, who has to be a reviewer." + personOnlyText,
	"userPrefsSave": "Keeps the settings of the person who asks, who has to be a reviewer." + personOnlyText,
	"userState":     "What Canvas knows of the person who asks." + personOnlyText,
	"userDetail":    "One person of the course.",
}

// sharedParameters are those that several routes have.
func sharedParameters() jsonObject {
	text := obj("type", "string")
	return obj(
		"section", obj("name", "section", "in", "query", "schema", scalarType("BigInt"), "example", 1101,
			"description", "Only the students of the section with this Canvas id."),
		"format", obj("name", "format", "in", "query", "schema", obj("type", "string", "enum", []string{"json"}),
			"description", "`json` is all that it may be, and changes nothing; anything else is a 404."),
		"ifMatch", obj("name", "If-Match", "in", "header", "schema", text, "description", "An `ETag`: only that version is changed."),
		"ifNoneMatch", obj("name", "If-None-Match", "in", "header", "schema", text, "description", "An `ETag`: that file is not sent again."),
		"range", obj("name", "Range", "in", "header", "schema", text, "example", "bytes=0-99", "description", "The bytes to send, to go on with a download."),
	)
}

func apiKeyScheme() jsonObject {
	return obj("type", "apiKey", "in", "header", "name", "Authorization",
		"description", "The word `Api-Key`, a space, and the key: `Api-Key PREFIX.SECRET`.")
}
