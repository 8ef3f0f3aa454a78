package access

import (
	"context"
	"slices"
	"testing"
)

func TestPrincipal(t *testing.T) {
	t.Parallel()
	const anyRole = Teacher | TA | Designer | Student
	grants := []Grant{{7, Student}, {3, TA}, {5, Designer}, {1, Teacher}, {3, Student}, {9, TA | Designer}}
	all := []int64{1, 3, 5, 7, 9}
	for _, c := range []struct {
		name                                  string
		p                                     *Principal
		member, reviewer, student, canPublish []int64
	}{
		{"nil", nil, nil, nil, nil, nil},
		{"anonymous", &Principal{}, nil, nil, nil, nil},
		{"user", &Principal{Kind: User, Grants: grants}, all, []int64{1, 3, 9}, []int64{3, 7}, []int64{1}},
		{"read-only", &Principal{Kind: User, Grants: grants, ReadOnly: true}, all, []int64{1, 3, 9}, []int64{3, 7}, nil},
	} {
		filterIDs := func(allows func(int64) bool) (ids []int64) {
			for id := int64(-1); id < 11; id++ {
				if allows(id) {
					ids = append(ids, id)
				}
			}
			return ids
		}
		for _, d := range []struct {
			name      string
			got, want []int64
		}{
			{"Courses(anyRole)", c.p.Courses(anyRole), c.member},
			{"Courses(Reviewer)", c.p.Courses(Reviewer), c.reviewer},
			{"Courses(Student)", c.p.Courses(Student), c.student},
			{"Courses(0)", c.p.Courses(0), nil},
			{"HasRole(Reviewer)", filterIDs(func(id int64) bool { return c.p.HasRole(id, Reviewer) }), c.reviewer},
			{"HasRole(0)", filterIDs(func(id int64) bool { return c.p.HasRole(id, 0) }), nil},
			{"CanPublish", filterIDs(c.p.CanPublish), c.canPublish},
		} {
			if !slices.Equal(d.got, d.want) {
				t.Errorf("%s: %s = %v, want %v", c.name, d.name, d.got, d.want)
			}
		}
		if c.p.Courses(anyRole) == nil {
			t.Errorf("%s: Courses(Anyone) is nil, want it empty", c.name)
		}
	}
}

func TestFromContext(t *testing.T) {
	t.Parallel()
	p := &Principal{Kind: User}
	if got := FromContext(WithPrincipal(t.Context(), p)); got != p {
		t.Errorf("FromContext = %v, want %v", got, p)
	}
	for _, ctx := range []context.Context{t.Context(), WithPrincipal(t.Context(), nil)} {
		if got := FromContext(ctx); got == nil || got.Kind != Anonymous {
			t.Errorf("FromContext = %v, want an anonymous principal", got)
		}
	}
}
