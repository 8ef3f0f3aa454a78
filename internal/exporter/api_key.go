package exporter

import (
	"context"
	"time"

	"github.com/momotor/resultgraph/db/transfer"
)

type apiKeyLine struct {
	Type         string     `json:"type"`
	Prefix       string     `json:"prefix"`
	ID           int64      `json:"id"`
	HashedKey    string     `json:"hashed_key"`
	Name         string     `json:"name"`
	Created      time.Time  `json:"created"`
	Revoked      bool       `json:"revoked"`
	ExpiryDate   *time.Time `json:"expiry_date,omitempty"`
	LastUsedAt   *time.Time `json:"last_used_at,omitempty"`
	Courses      [][2]any   `json:"courses"`
	ReadOnly     bool       `json:"read_only"`
	MinGroup     *int       `json:"min_group,omitempty"`
	Pseudonymous bool       `json:"pseudonymous"`
}

func (w *writer) apiKeys(ctx context.Context) error {
	courses, err := transfer.KeyCourses(ctx, w.tx)
	if err != nil {
		return err
	}
	byKey := map[int64][][2]any{}
	for _, c := range courses {
		course := w.names.courses[c.CourseID]
		byKey[c.APIKeyID] = append(byKey[c.APIKeyID], [2]any{course.account, course.canvasID})
	}
	return transfer.Each(ctx, w.tx, func(k *transfer.APIKey) error {
		line := apiKeyLine{
			Type: "api_key", Prefix: k.Prefix, ID: k.MomotorID, HashedKey: k.HashedKey, Name: k.Name, Created: k.CreatedAt.UTC(), Revoked: k.Revoked,
			ExpiryDate: utc(k.ExpiresAt), LastUsedAt: utc(k.LastUsedAt), Courses: byKey[k.MomotorID], ReadOnly: k.ReadOnly, MinGroup: k.MinGroup,
			Pseudonymous: k.Pseudonymous,
		}
		if line.Courses == nil {
			line.Courses = [][2]any{}
		}
		return w.manifest.write(line)
	}, "id")
}
