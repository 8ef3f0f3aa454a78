package db

// The connections of the schema, by its names.
type (
	AccountConnection    = Connection[Account]
	CourseConnection     = Connection[Course]
	AssignmentConnection = Connection[Assignment]
	ResultConnection     = Connection[Result]
	UserConnection       = Connection[User]

	ScoreUploadConnection  = Connection[ScoreUpload]
	ScoreOutcomeConnection = Connection[ScoreOutcome]
	JobConnection          = Connection[Job]
)

// The connections' edges, by their names in the schema.
type (
	AccountEdge    = Cursored[Account]
	CourseEdge     = Cursored[Course]
	AssignmentEdge = Cursored[Assignment]
	ResultEdge     = Cursored[Result]
	UserEdge       = Cursored[User]

	ScoreUploadEdge  = Cursored[ScoreUpload]
	ScoreOutcomeEdge = Cursored[ScoreOutcome]
	JobEdge          = Cursored[Job]
)
