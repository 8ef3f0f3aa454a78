package bench

// The paths of the answers. Their values are Canvas ids, except for the account.
const (
	coursePath     = "/account/{account}/course/{course}"
	assignmentPath = coursePath + "/assignment/{assignment}"
)

const (
	jsonType    = "application/json"
	graphqlType = "application/graphql-response+json; charset=utf-8"
	csvType     = "text/csv; charset=utf-8"
)

// answers are the answers by path.
var answers = map[string]answer{
	"/rest" + assignmentPath:            {jsonType, courseKey, []statement{sectionsStatement, restListStatement}, writeList("[", restResult, restUser, "]")},
	"/list" + assignmentPath:            {graphqlType, courseKey, []statement{sectionsStatement, listStatement}, writeList(`{"data":{"account":{"course":{"assignment":{"results":{"nodes":[`, result, user, "]}}}}}}")},
	"/nested" + coursePath + "/{first}": {graphqlType, courseKey, []statement{sectionsStatement, assignmentsStatement, nestedStatement, nestedStepsStatement}, writeNested},
	"/one" + assignmentPath + "/{user}": {graphqlType, courseKey, []statement{oneStatement}, writeOne},
	"/csv" + assignmentPath:             {csvType, courseKey, []statement{sectionsStatement, csvStepsStatement, csvStatement}, writeCSV},
	"/stats" + coursePath:               {graphqlType, courseKey, []statement{statsStatement}, writeStats},
	"/steps" + coursePath:               {graphqlType, courseKey, []statement{stepStatsStatement}, writeStepStats},
	"/groups" + coursePath:              {graphqlType, courseKey, []statement{groupsStatement}, writeGroups},
	"/items" + assignmentPath:           {graphqlType, courseKey, []statement{marksStatement}, writeItems},
	"/accounts":                         {graphqlType, validKey, []statement{accountsStatement}, writeAccounts},
}

// resultColumns are the columns of resultFields, submittedAt and summary.
const resultColumns = `res.accepted, asg.canvas_id, res.attempt, res.has_error, res.is_late, res.is_latest, res.label, res.preview_url, res.processed_at, res.progress, res.queued_at,
	coalesce(res.score_reviewer, res.score), res.secret, res.user_id, res.sequence_id, res.started_at, res.state, res.submitted_at, res.summary`

const (
	userColumns     = `usr.canvas_id, usr.name, usr.sortable_name, usr.login_id, usr.id`
	restUserColumns = `usr.canvas_id, usr.login_id, usr.name, usr.id, usr.sortable_name`
)

var (
	restResult = columns("accepted assignmentId attempt has_error is_late is_latest label preview_url processed_at progress queued_at score secret sections sequence_id started_at state submitted_at summary", "biibbbsstftfbuitsts")
	restUser   = columns("canvas_id login_id name sections sortable_name", "issus")
	result     = columns(resultFields+" submittedAt summary", "biibbbsstftfbuitets")
	user       = columns("canvasId name sortableName loginId sectionCanvasIds", "isssu")
	step       = columns(stepFields, "sbbsffes")
	oneResult  = columns(resultFields+" submittedAt summary", "biibbbsstftfbaitets") // with the sections of the user in the row
	courseRow  = columns("canvasId code name active", "issb")
)
