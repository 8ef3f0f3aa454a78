package fastpath

import (
	"cmp"
	"slices"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
)

// maxVersions is the maximum number of courses in Report.Versions.
const maxVersions = 64

// versionColumns are the indexes in keyColumns of the columns of a level that have versions. They are -1
// for a level without the column.
type versionColumns struct{ directory, course, courseID int }

func (c versionColumns) exist() bool { return c.directory >= 0 || c.course >= 0 }

// addVersionColumns adds the versions to the columns of accounts and of courses. All levels below a course
// belong to that course, up to the level of its account.
func (c *compiler) addVersionColumns() {
	for _, lv := range c.plan.levels {
		lv.versions = versionColumns{-1, -1, -1}
		if c.plan.format != formatJSON {
			continue
		}
		ofAccount := lv.parent != nil && lv.parent.typeName == "Account"
		isRoot := lv.parent == nil || lv.parent.relation.Object != nil
		if lv.typeName == "Account" || lv.typeName == "Course" && isRoot {
			lv.versions.directory = lv.addKeyColumn(db.DirectoryVersionColumn)
		}
		if lv.typeName == "Course" && (ofAccount || isRoot) && len(lv.children) > 0 { // the directory covers the columns of the course
			lv.versions.course, lv.versions.courseID = lv.addKeyColumn(db.CourseVersionColumn), lv.addKeyColumn("id")
		}
	}
}

// collectVersions returns the versions that the answer depends on, once all levels but a streamed one are
// read. It returns nil if a part of the answer has no version, or if the answer has too many.
func (x *execution) collectVersions() *db.Versions {
	if x.plan.resolverFields != nil || x.plan.format != formatJSON {
		return nil
	}
	found := x.lookupVersions
	for _, lv := range x.plan.levels {
		lr := &x.levels[lv.id]
		if lv.relation.Object != nil || len(lr.keys) == 0 {
			continue
		}
		if lv.relation.Analysis == nil && !db.HasVersion(lv.typeName) { // an analysis has the version of its course
			return nil
		}
		if lv.versions.exist() {
			for i := range lr.count {
				found.add(lv.versions, lr.keyValues[i*len(lv.keyColumns):])
			}
		}
	}
	return found.versions()
}

// A versionSet collects versions. The pointer is nil while the version of the directory is unknown.
type versionSet struct {
	directory *int64
	courses   []db.CourseVersion
}

// add adds the versions of a row with the values of its key columns.
func (s *versionSet) add(columns versionColumns, values []int64) {
	if columns.directory >= 0 {
		s.directory = &values[columns.directory]
	}
	if columns.course >= 0 && len(s.courses) <= maxVersions {
		s.courses = append(s.courses, db.CourseVersion{CourseID: values[columns.courseID], Version: values[columns.course]})
	}
}

// versions returns the set, or nil if the directory is unknown or if the set is too large.
func (s *versionSet) versions() *db.Versions {
	if s.directory == nil || len(s.courses) > maxVersions {
		return nil
	}
	slices.SortFunc(s.courses, func(a, b db.CourseVersion) int { return cmp.Compare(a.CourseID, b.CourseID) })
	return &db.Versions{Directory: *s.directory, Courses: slices.Compact(s.courses)}
}

// readLookupVersions reads the versions of the courses of requested global ids. The ids of accounts and
// courses need none: see addVersionColumns.
func (x *execution) readLookupVersions(sn *query.Snapshot, more bool) error {
	courses := x.lookupCourses()
	if len(courses) == 0 {
		return nil
	}
	columns := []string{"id", db.DirectoryVersionColumn, db.CourseVersionColumn}
	plan := query.Plan{Joins: []query.Join{{Edge: &db.CourseByID, Many: true, Params: query.Params{Columns: columns}}}}
	rows, err := sn.Read(x.ctx, plan, x.scope, courses, more)
	if err != nil {
		return err
	}
	for cells := rows.Next(); cells != nil; cells = rows.Next() {
		var values [3]int64
		for i := range values {
			if values[i], err = query.ParseInt(cells[1+i]); err != nil {
				return err
			}
		}
		x.lookupVersions.add(versionColumns{courseID: 0, directory: 1, course: 2}, values[:])
	}
	return rows.Close()
}

// lookupCourses returns the courses of the requested global ids of objects in a course.
func (x *execution) lookupCourses() (courses []query.Key) {
	for _, ids := range x.lookups {
		for _, id := range ids {
			if key := (query.Key{id.Key[0]}); id.Type != "" && id.Type != "Account" && id.Type != "Course" && !slices.Contains(courses, key) {
				courses = append(courses, key)
			}
		}
	}
	return courses
}
