package demo

import (
	"fmt"
	"strconv"
)

// product returns the product of a submission: a zip with the student's files,
// or XML with the text of a text entry.
func (ag *assignmentGenerator) product(id string, sub *submission) bundleFile {
	d := newDocument("product", id)
	d.start("properties")
	d.empty("property", "name", "attempt", "type", "integer", "value", strconv.Itoa(sub.attempt))
	d.empty("property", "name", "submitted-at", "value", formatTime(sub.at))
	d.end()
	textEntry := ag.IntN(6) == 0
	code := fmt.Sprintf(ag.assignment.lang.code, ag.codeComment(), ag.assignment.slug)
	if textEntry {
		d.start("files", "baseclass", "submission")
		d.text("file", code, "name", ag.assignment.lang.source, "class", ag.assignment.lang.name)
		return bundleFile{".xml", d.bytes()}
	}
	members := []member{{"files/" + ag.assignment.lang.source, []byte(code)}}
	if ag.IntN(7) == 0 {
		members = append(members, member{"files/read me – é.txt", []byte("See the comment on the first line.\n")})
	}
	return bundleFile{".zip", ag.pack(append([]member{{"product.xml", finishProduct(d, members)}}, members...))}
}

// finishProduct adds the files of a product and returns its XML.
func finishProduct(d *xmlDocument, members []member) []byte {
	d.start("files", "basesrc", "files")
	for _, m := range members {
		d.empty("file", "class", "submission", "name", m.path[len("files/"):], "size", strconv.Itoa(len(m.content)))
	}
	return d.bytes()
}

func (ag *assignmentGenerator) codeComment() string {
	comments := []string{"first try", "now it works on my machine", "TODO: tidy up", "thanks to the lab on Thursday", "façade of a solution", "please be kind", "version 2", "final", "really final"}
	return comments[ag.IntN(len(comments))]
}
