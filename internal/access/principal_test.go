package access

import (
	"context"
	"slices"
	"testing"
	"time"
)

func TestPrincipal(t *testing.T) {
	t.Parallel()
	grants := []Grant{{7, Student}, {3, TA}, {5, Designer}, {1, Teacher}, {3, Student}, {9, TA | Designer}}
	all := []int64{1, 3, 5, 7, 9}
	for _, c := range []struct {
		name                                         string
		p                                            *Principal
		anyone, reviews, learns, configures, teaches []int64
	}{
		{"nil", nil, nil, nil, nil, nil, nil},
		{"nobody", &Principal{}, nil, nil, nil, nil, nil},
		{"user", &Principal{Kind: User, Grants: grants}, all, []int64{1, 3, 9}, []int64{3, 7}, []int64{1, 5, 9}, []int64{1}},
		{"read-only", &Principal{Kind: User, Grants: grants, ReadOnly: true}, all, []int64{1, 3, 9}, []int64{3, 7}, nil, nil},
	} {
		where := func(may func(int64) bool) (ids []int64) {
			for id := int64(-1); id < 11; id++ {
				if may(id) {
					ids = append(ids, id)
				}
			}
			return ids
		}
		for _, d := range []struct {
			name      string
			got, want []int64
		}{
			{"Courses(Anyone)", c.p.Courses(Anyone), c.anyone},
			{"Courses(Reviewer)", c.p.Courses(Reviewer), c.reviews},
			{"Courses(Student)", c.p.Courses(Student), c.learns},
			{"Courses(0)", c.p.Courses(0), nil},
			{"Reviews", where(c.p.Reviews), c.reviews},
			{"Configures", where(c.p.Configures), c.configures},
			{"Teaches", where(c.p.Teaches), c.teaches},
		} {
			if !slices.Equal(d.got, d.want) {
				t.Errorf("%s: %s = %v, want %v", c.name, d.name, d.got, d.want)
			}
		}
		if c.p.Courses(Anyone) == nil {
			t.Errorf("%s: Courses(Anyone) is nil, want it empty", c.name)
		}
	}
}

func TestPrincipalExpires(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	p := &Principal{Expires: &now}
	for at, want := range map[time.Time]bool{now.Add(-1): false, now: false, now.Add(1): true} {
		if got := p.Expired(at); got != want {
			t.Errorf("Expired(%v) = %v, want %v", at, got, want)
		}
	}
	if (&Principal{}).Expired(now) {
		t.Error("Expired without an end = true, want false")
	}
}

func TestFromContext(t *testing.T) {
	t.Parallel()
	p := &Principal{Kind: User}
	if got := FromContext(WithPrincipal(t.Context(), p)); got != p {
		t.Errorf("FromContext = %v, want %v", got, p)
	}
	for _, ctx := range []context.Context{t.Context(), WithPrincipal(t.Context(), nil)} {
		if got := FromContext(ctx); got == nil || got.Kind != Nobody {
			t.Errorf("FromContext = %v, want nobody", got)
		}
	}
}
