package fastpath

// An objectBuilder adds pieces to an object, with the text around their values.
type objectBuilder struct {
	object *object
	format format
	// text is the text of the next piece.
	text []byte
	// fieldCounts has the number of fields of each open object, the innermost last.
	fieldCounts []int
}

// openObject starts a nested object, or the object itself.
func (ob *objectBuilder) openObject() {
	ob.addPunctuation("{")
	ob.fieldCounts = append(ob.fieldCounts, 0)
}

// startField starts a field of the innermost object.
func (ob *objectBuilder) startField(alias string) {
	if len(ob.fieldCounts) == 0 {
		ob.openObject()
	}
	if n := &ob.fieldCounts[len(ob.fieldCounts)-1]; *n > 0 {
		ob.addPunctuation(",")
	}
	ob.fieldCounts[len(ob.fieldCounts)-1]++
	ob.addPunctuation(`"` + alias + `":`)
}

// addPunctuation adds punctuation if the format is JSON. The other format has none.
func (ob *objectBuilder) addPunctuation(s string) {
	if ob.format == formatJSON {
		ob.text = append(ob.text, s...)
	}
}

// addString adds a string value that is known when the operation is compiled.
func (ob *objectBuilder) addString(s string) { ob.text = ob.format.appendString(ob.text, s) }

// addPiece adds a piece whose text is the text since the previous piece.
func (ob *objectBuilder) addPiece(p piece) {
	p.text, ob.text = ob.text, nil
	ob.object.pieces = append(ob.object.pieces, p)
	if p.kind == pieceLevel {
		ob.object.segments++
	}
}

// closeObject ends the innermost object. The builder is done when all objects are closed.
func (ob *objectBuilder) closeObject() {
	if len(ob.fieldCounts) == 0 {
		ob.openObject()
	}
	ob.addPunctuation("}")
	ob.fieldCounts = ob.fieldCounts[:len(ob.fieldCounts)-1]
	if len(ob.fieldCounts) == 0 {
		ob.object.pieces = append(ob.object.pieces, piece{text: ob.text})
		ob.object.segments++
		ob.text = nil
	}
}
