package bundle

import "encoding/json"

// stepDetails is the JSON object that the API returns as a step's details. It
// holds no null: absent values have no key. Keys have this order and properties
// are sorted by name, so that equal results give equal bytes.
type stepDetails struct {
	Outcome    Outcome          `json:"outcome"`
	Status     string           `json:"status,omitempty"`
	Reason     string           `json:"reason,omitempty"`
	Report     []string         `json:"report"` // blocks of untrusted HTML
	MaxScore   *jsonFloat       `json:"max_score,omitempty"`
	Hidden     bool             `json:"hidden"`
	Warnings   []string         `json:"warnings"`
	Files      []detailsFile    `json:"files"`
	Properties map[string]Value `json:"properties"`
}

// detailsFile is a file of a step. Its path is that of a member of the bundle,
// or empty.
type detailsFile struct {
	Name  string `json:"name,omitempty"`
	Class string `json:"class,omitempty"`
	Path  string `json:"path,omitempty"`
	Type  string `json:"type,omitempty"`
	Size  *int64 `json:"size,omitempty"`
}

// marshalDetails returns the details of a result as UTF-8 without HTML escapes.
func marshalDetails(r *Result) json.RawMessage {
	p := r.Properties
	d := stepDetails{
		Outcome:    r.Outcome,
		Status:     p.text("status"),
		Reason:     p.text("reason"),
		Report:     p.texts("report"),
		MaxScore:   (*jsonFloat)(p.number("max-score")),
		Hidden:     p.bool("hidden"),
		Warnings:   p.texts("checklet-warning"),
		Files:      make([]detailsFile, len(r.Files)),
		Properties: p.remaining(),
	}
	for i := range r.Files {
		d.Files[i] = newDetailsFile(&r.Files[i])
	}
	b, err := marshalUnescaped(d)
	if err != nil {
		panic("bundle: marshal details: " + err.Error()) // every field can be marshalled
	}
	return b
}

func newDetailsFile(f *File) detailsFile {
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

// texts returns the texts of all properties with this name, never nil.
func (p Properties) texts(name string) []string {
	list := []string{}
	for v := range p.All(name) {
		if !v.IsNull() {
			list = append(list, v.Text())
		}
	}
	return list
}

// remaining returns the first value of each property that has no field of its
// own in the API. The score for reviewers has such a field, because learners
// can read the details.
func (p Properties) remaining() map[string]Value {
	m := map[string]Value{}
	for i := range p {
		if _, seen := m[p[i].Name]; seen || hasOwnField(p[i].Name) {
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

func hasOwnField(name string) bool {
	switch name {
	case "label", "secret", "hidden", "score", "score_reviewer", "max-score", "reason", "status", "report", "checklet-warning":
		return true
	}
	return false
}
