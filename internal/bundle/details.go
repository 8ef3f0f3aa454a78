package bundle

import "encoding/json"

// details is the object that the API gives as a step's details. It holds no
// null: a text or number that is absent leaves its key out. Keys keep this
// order, and properties theirs by name, so equal results give equal bytes.
type details struct {
	Outcome    Outcome          `json:"outcome"`
	Status     string           `json:"status,omitempty"`
	Reason     string           `json:"reason,omitempty"`
	Report     []string         `json:"report"` // blocks of HTML, untrusted
	MaxScore   *number          `json:"max_score,omitempty"`
	Hidden     bool             `json:"hidden"`
	Warnings   []string         `json:"warnings"`
	Files      []detailsFile    `json:"files"`
	Properties map[string]Value `json:"properties"`
}

// detailsFile is a file of a step. Its path, where it has one, is that of a
// member of the bundle.
type detailsFile struct {
	Name  string `json:"name,omitempty"`
	Class string `json:"class,omitempty"`
	Path  string `json:"path,omitempty"`
	Type  string `json:"type,omitempty"`
	Size  *int64 `json:"size,omitempty"`
}

// detailsOf writes the details of one result: raw UTF-8, with HTML as it is.
func detailsOf(r *Result) json.RawMessage {
	p := r.Properties
	d := details{
		Outcome:    r.Outcome,
		Status:     p.text("status"),
		Reason:     p.text("reason"),
		Report:     p.blocks("report"),
		MaxScore:   (*number)(p.number("max-score")),
		Hidden:     p.bool("hidden"),
		Warnings:   p.blocks("checklet-warning"),
		Files:      make([]detailsFile, len(r.Files)),
		Properties: p.rest(),
	}
	for i := range r.Files {
		d.Files[i] = detailsOfFile(&r.Files[i])
	}
	b, err := marshal(d)
	if err != nil {
		panic("bundle: details cannot be written: " + err.Error()) // every value in it can
	}
	return b
}

func detailsOfFile(f *File) detailsFile {
	d := detailsFile{Name: f.Name, Class: f.Class, Path: f.Path, Type: f.Type}
	size := f.Size
	if size < 0 && !f.Content.IsNull() {
		size = int64(len(f.Content.Bytes()))
	}
	if size >= 0 {
		d.Size = &size
	}
	return d
}

// blocks returns the texts of a name that may repeat, never nil.
func (p Properties) blocks(name string) []string {
	list := []string{}
	for v := range p.All(name) {
		if !v.IsNull() {
			list = append(list, v.Text())
		}
	}
	return list
}

// rest returns the first value of each property that has no place of its own
// in the API. The reviewers' score has one, beside the learners', and must not
// reach learners through the details.
func (p Properties) rest() map[string]Value {
	m := map[string]Value{}
	for i := range p {
		if _, twice := m[p[i].Name]; twice || hasPlace(p[i].Name) {
			continue
		}
		m[p[i].Name] = p[i].Value
	}
	for name, v := range m {
		if v.IsNull() {
			delete(m, name)
		}
	}
	return m
}

func hasPlace(name string) bool {
	switch name {
	case "label", "secret", "hidden", "score", "score_reviewer", "max-score", "reason", "status", "report", "checklet-warning":
		return true
	}
	return false
}
