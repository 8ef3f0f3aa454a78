package exporter

// Names are the natural keys of the rows that lines refer to, by the ids of the rows.
type names struct {
	accounts                     map[int64]string // Canvas GUIDs
	courses                      map[int64]courseName
	users, sections, assignments map[int64]int64 // Canvas ids
}

// A courseName is the natural key of a course.
type courseName struct {
	account  string
	canvasID int64
}

func newNames() *names {
	return &names{
		accounts: map[int64]string{}, courses: map[int64]courseName{},
		users: map[int64]int64{}, sections: map[int64]int64{}, assignments: map[int64]int64{},
	}
}
