package transfer

import (
	"time"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db"
)

// Tables returns the tables whose rows travel unchanged, in an order in which each row refers only to earlier
// rows. The versions of courses and the counters are last, because new rows raise them.
func Tables() []Table {
	return []Table{
		replaced[pseudonym]("pseudonym", "api_key_id", "user_id"),
		tableOf[db.Preferences]("preference", "course_id", "user_id"),
		tableOf[db.CanvasStateRow]("canvas_state", "course_id", "user_id"),
		tableOf[db.Platform]("lti_platform", "id"),
		tableOf[db.Deployment]("lti_deployment", "platform_id", "deployment_id"),
		tableOf[subject]("lti_subject", "platform_id", "subject"),
		tableOf[nonce]("lti_nonce", "nonce"),
		tableOf[db.ScoreUpload]("upload", "course_id", "id"),
		tableOf[db.ScoreOutcome]("upload_outcome", "course_id", "upload_id", "user_id"),
		jobs(),
		tableOf[engineJobCancellation]("engine_job_cancellation", "job"),
		tableOf[db.MemberAttempt]("member_attempt", "course_id", "result_id", "user_id"),
		tableOf[db.Bundle](Bundles, "course_id", "id"),
		tableOf[db.Revision]("revision", "course_id", "assignment_id", "number"),
		replaced[courseVersion]("course_version", "course_id"),
		replaced[counter]("counter", "name"),
	}
}

// Bundles is the name of the table of bundles, whose files travel with its rows.
const Bundles = "bundle"

// A counter counts ids, or changes that belong to no course.
type counter struct {
	bun.BaseModel `bun:"table:counter,alias:ctr"`

	Name  string `bun:"name,pk"`
	Value int64  `bun:"value"`
}

// A courseVersion is the version of a course: see db.Versions.
type courseVersion struct {
	bun.BaseModel `bun:"table:course_version,alias:ver"`

	CourseID int64 `bun:"course_id,pk"`
	Version  int64 `bun:"version"`
}

// A pseudonym is the number that an API key sees in place of a person.
type pseudonym struct {
	bun.BaseModel `bun:"table:pseudonym,alias:psd"`

	APIKeyID int64 `bun:"api_key_id,pk"`
	UserID   int64 `bun:"user_id,pk"`
	Number   int64 `bun:"number"`
}

// A subject is a person by the identifier of an LTI platform.
type subject struct {
	bun.BaseModel `bun:"table:lti_subject,alias:sub"`

	PlatformID int64  `bun:"platform_id,pk"`
	Subject    string `bun:"subject,pk"`
	UserID     int64  `bun:"user_id"`
}

// A nonce is the record of a launch that took place: see db.UseNonce.
type nonce struct {
	bun.BaseModel `bun:"table:lti_nonce,alias:non"`

	Nonce     string    `bun:"nonce,pk"`
	ExpiresAt time.Time `bun:"expires_at"`
}

// An engineJobCancellation is a job of the engine to cancel.
type engineJobCancellation struct {
	bun.BaseModel `bun:"table:engine_job_cancellation,alias:ejc"`

	Job         string    `bun:"job,pk"`
	RequestedAt time.Time `bun:"requested_at"`
	Attempts    int       `bun:"attempts"`
}
