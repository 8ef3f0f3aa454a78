package graph

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/graph/exec"
	"github.com/momotor/resultgraph/internal/fault"
)

// groupsArguments are the arguments of the groups of a list of results.
type groupsArguments struct {
	By             []exec.ResultGroupKey
	ScoreBandWidth *float64
	TimeZone       *db.TimeZone
	OrderBy        []*exec.ResultGroupOrder
	First          *int
	Having         *exec.ResultGroupHaving
}

// maxGroupKeys is the maximum number of keys of a group.
const maxGroupKeys = 3

// withDefaults returns the arguments with the defaults of the schema in place of null.
func (a groupsArguments) withDefaults() groupsArguments {
	a.ScoreBandWidth, a.First = cmp.Or(a.ScoreBandWidth, new(10.0)), cmp.Or(a.First, new(100))
	a.TimeZone = cmp.Or(a.TimeZone, new(db.TimeZone("UTC")))
	return a
}

func (a groupsArguments) aggregate(ctx context.Context, r *Resolver, columns []db.FigureColumn) (query.Params, error) {
	a = a.withDefaults()
	if err := a.validate(ctx, r, columns); err != nil {
		return query.Params{}, err
	}
	g := db.ResultGrouping{ScoreBandWidth: *a.ScoreBandWidth, TimeZone: *a.TimeZone}
	for _, key := range a.By {
		g.By = append(g.By, strings.ToLower(string(key)))
	}
	for _, o := range a.OrderBy {
		g.OrderBy = append(g.OrderBy, db.GroupOrder{By: strings.ToLower(string(o.Field)), Desc: o.Direction == exec.OrderDirectionDesc})
	}
	if h := a.Having; h != nil {
		g.CountFrom, g.CountTo, g.PassRateFrom, g.PassRateTo = h.CountFrom, h.CountTo, h.PassRateFrom, h.PassRateTo
	}
	aggregation, err := db.ResultGroupsOf(scopeOf(ctx), r.Store.IsPostgres(), g, columns)
	return query.Params{Aggregation: aggregation, Page: &query.Page{First: a.First}}, err
}

// personalKeys are the keys whose groups are about one student, or tell students apart.
var personalKeys = []exec.ResultGroupKey{exec.ResultGroupKeyUser, exec.ResultGroupKeyAttempt}

func (a groupsArguments) validate(ctx context.Context, r *Resolver, columns []db.FigureColumn) error {
	distinct := slices.Compact(slices.Sorted(slices.Values(a.By)))
	personal := slices.IndexFunc(a.By, func(key exec.ResultGroupKey) bool { return slices.Contains(personalKeys, key) })
	switch {
	case len(a.By) == 0 || len(a.By) > maxGroupKeys:
		return fault.New(fault.BadInput, fmt.Sprintf("Give from 1 to %d keys in “by”.", maxGroupKeys))
	case personal >= 0 && scopeOf(ctx).FiguresOnly():
		const message = "This API key may read only figures over groups of students: leave out %s in “by”, or use another key."
		return fault.New(fault.Forbidden, fmt.Sprintf(message, a.By[personal]))
	case len(distinct) < len(a.By):
		return fault.New(fault.BadInput, "“by” has a key twice; give each key once.")
	case slices.Contains(a.By, exec.ResultGroupKeyRevision) && !slices.Contains(a.By, exec.ResultGroupKeyAssignment):
		return fault.New(fault.BadInput, "REVISION in “by” needs ASSIGNMENT, because assignments number their configurations separately.")
	case !(*a.ScoreBandWidth >= 0.001 && *a.ScoreBandWidth <= 1e6):
		return fault.New(fault.BadInput, "“scoreBandWidth” must be a number from 0.001 to 1000000.")
	case *a.First < 0 || *a.First > r.MaxPage:
		return fault.New(fault.BadInput, fmt.Sprintf("“first” must be a number from 0 to %d.", r.MaxPage))
	}
	return a.validateKeys(columns)
}

// validateKeys returns an error if a field of a key is requested that is not in “by”.
func (a groupsArguments) validateKeys(columns []db.FigureColumn) error {
	for _, c := range columns {
		key, ok := requestedKey(c.Path)
		if ok && !slices.Contains(a.By, key) {
			return fault.New(fault.BadInput, fmt.Sprintf("The key has this field only if “by” has %s; add it, or do not select the field.", key))
		}
	}
	return nil
}

// requestedKey returns the key that the field at a path needs.
func requestedKey(path string) (key exec.ResultGroupKey, ok bool) {
	switch field, isKey := strings.CutPrefix(path, "key."); {
	case isKey && strings.HasPrefix(field, "scoreBand."):
		return exec.ResultGroupKeyScoreBand, true
	case isKey:
		return exec.ResultGroupKey(strings.ToUpper(field)), true
	}
	id, ok := strings.CutSuffix(path, "_id")
	return exec.ResultGroupKey(strings.ToUpper(id)), ok && id != "course"
}

func (r resultConnectionResolver) Groups(ctx context.Context, lists []*db.ResultConnection, by []exec.ResultGroupKey, scoreBandWidth *float64,
	timeZone *db.TimeZone, orderBy []*exec.ResultGroupOrder, first *int, having *exec.ResultGroupHaving,
) ([]*db.ResultGroupList, error) {
	return loadFigures(ctx, r.Resolver, lists, groupsArguments{by, scoreBandWidth, timeZone, orderBy, first, having}, buildGroups)
}

// A groupRow has the columns of a group, and the number of all groups.
type groupRow struct {
	*db.ResultGroup
	TotalCount int64
}

// buildGroups returns the list of groups of each parent. The keys of all groups are one batch.
func buildGroups(groups [][]query.AggregateRow, columns []db.FigureColumn, p query.Params) ([]*db.ResultGroupList, error) {
	var keys []*db.ResultGroupKeyValue
	fields := slices.Clone(columns)
	for i, c := range fields {
		if strings.HasSuffix(c.Path, "_id") {
			fields[i].Path = "key." + c.Path
		}
	}
	out := make([]*db.ResultGroupList, len(groups))
	for i, rows := range groups {
		list := &db.ResultGroupList{Truncated: len(rows) > p.Page.Limit()}
		for _, row := range rows {
			group := groupRow{ResultGroup: &db.ResultGroup{}}
			if err := setFigures(&group, fields, row); err != nil {
				return nil, err
			}
			list.Nodes, list.TotalCount = append(list.Nodes, group.ResultGroup), group.TotalCount
		}
		list.Nodes = list.Nodes[:min(len(rows), p.Page.Limit())]
		for _, group := range list.Nodes {
			keys = append(keys, &group.Key)
		}
		out[i] = list
	}
	batch := &query.Batch{Rows: keys}
	for i, key := range keys {
		key.Batch, key.Index = batch, i
	}
	return out, nil
}

var (
	groupAssignment = relation[db.ResultGroupKeyValue, db.Assignment, noArguments]{edge: &db.AssignmentByID, key: key("course_id", "assignment_id")}
	groupSection    = relation[db.ResultGroupKeyValue, db.Section, noArguments]{edge: &db.SectionByID, key: key("course_id", "section_id")}
	groupUser       = relation[db.ResultGroupKeyValue, db.User, noArguments]{edge: &db.ResultUser, key: key("course_id", "user_id")}
)

type resultGroupKeyValueResolver struct{ *Resolver }

// ResultGroupKeyValue returns the resolver of the objects in keys of groups.
func (r *Resolver) ResultGroupKeyValue() exec.ResultGroupKeyValueResolver {
	return resultGroupKeyValueResolver{r}
}

func (r resultGroupKeyValueResolver) Assignment(ctx context.Context, keys []*db.ResultGroupKeyValue) ([]*db.Assignment, error) {
	return loadOne(ctx, r.Resolver, keys, groupAssignment, noArguments{})
}

func (r resultGroupKeyValueResolver) Section(ctx context.Context, keys []*db.ResultGroupKeyValue) ([]*db.Section, error) {
	return loadOne(ctx, r.Resolver, keys, groupSection, noArguments{})
}

func (r resultGroupKeyValueResolver) User(ctx context.Context, keys []*db.ResultGroupKeyValue) ([]*db.User, error) {
	return loadOne(ctx, r.Resolver, keys, groupUser, noArguments{})
}
