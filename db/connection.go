package db

import (
	"github.com/momotor/resultgraph/db/query"
)

// The connections, with their names in the GraphQL schema.
type (
	AccountConnection    = query.Connection[Account]
	CourseConnection     = query.Connection[Course]
	AssignmentConnection = query.Connection[Assignment]
	ResultConnection     = query.Connection[Result]
	UserConnection       = query.Connection[User]

	ScoreUploadConnection  = query.Connection[ScoreUpload]
	ScoreOutcomeConnection = query.Connection[ScoreOutcome]
	JobConnection          = query.Connection[Job]
)

// The edges of connections, with their names in the GraphQL schema.
type (
	AccountEdge    = query.ConnectionEdge[Account]
	CourseEdge     = query.ConnectionEdge[Course]
	AssignmentEdge = query.ConnectionEdge[Assignment]
	ResultEdge     = query.ConnectionEdge[Result]
	UserEdge       = query.ConnectionEdge[User]

	ScoreUploadEdge  = query.ConnectionEdge[ScoreUpload]
	ScoreOutcomeEdge = query.ConnectionEdge[ScoreOutcome]
	JobEdge          = query.ConnectionEdge[Job]
)
