package fastpath

// A template adds pieces to an object, with the text around them.
type template struct {
	object *object
	format format
	text   []byte
	fields []int // of each open object
}

// open begins an object.
func (t *template) open() {
	t.punctuation("{")
	t.fields = append(t.fields, 0)
}

// field begins a field of the innermost object.
func (t *template) field(alias string) {
	if len(t.fields) == 0 {
		t.open()
	}
	if n := &t.fields[len(t.fields)-1]; *n > 0 {
		t.punctuation(",")
	}
	t.fields[len(t.fields)-1]++
	t.punctuation(`"` + alias + `":`)
}

// punctuation adds text that only JSON has.
func (t *template) punctuation(s string) {
	if t.format == formatJSON {
		t.text = append(t.text, s...)
	}
}

// constant adds a string that is the same in every answer.
func (t *template) constant(s string) { t.text = t.format.appendString(t.text, s) }

// add adds a piece after the text so far.
func (t *template) add(p piece) {
	p.text, t.text = t.text, nil
	t.object.pieces = append(t.object.pieces, p)
	if p.kind == pieceLevel {
		t.object.segments++
	}
}

// end ends the innermost object. After the last one the template is complete.
func (t *template) end() {
	if len(t.fields) == 0 {
		t.open()
	}
	t.punctuation("}")
	t.fields = t.fields[:len(t.fields)-1]
	if len(t.fields) == 0 {
		t.object.pieces = append(t.object.pieces, piece{text: t.text})
		t.object.segments++
		t.text = nil
	}
}
