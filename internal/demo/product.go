package demo

import (
	"fmt"
	"strconv"
)

// product writes what was handed in: a zip with the student's files, or, for
// what was typed into a text field, XML with the text inside.
func (s *sitting) product(id string, sub *submission) bundleFile {
	d := newDocument("product", id)
	d.start("properties")
	d.empty("property", "name", "attempt", "type", "integer", "value", strconv.Itoa(sub.attempt))
	d.empty("property", "name", "submitted-at", "value", stamp(sub.at))
	d.end()
	typed := s.IntN(6) == 0
	code := fmt.Sprintf(s.a.lang.code, s.comment(), s.a.slug)
	if typed {
		d.start("files", "baseclass", "submission")
		d.text("file", code, "name", s.a.lang.source, "class", s.a.lang.name)
		return bundleFile{".xml", d.bytes()}
	}
	members := []member{{"files/" + s.a.lang.source, []byte(code)}}
	if s.IntN(7) == 0 {
		members = append(members, member{"files/read me – é.txt", []byte("See the comment on the first line.\n")})
	}
	return bundleFile{".zip", s.pack(append([]member{{"product.xml", submitted(d, members)}}, members...))}
}

// submitted lists the files of a product and closes its XML.
func submitted(d *document, members []member) []byte {
	d.start("files", "basesrc", "files")
	for _, m := range members {
		d.empty("file", "class", "submission", "name", m.path[len("files/"):], "size", strconv.Itoa(len(m.content)))
	}
	return d.bytes()
}

func (s *sitting) comment() string {
	said := []string{"first try", "now it works on my machine", "TODO: tidy up", "thanks to the lab on Thursday", "façade of a solution", "please be kind", "version 2", "final", "really final"}
	return said[s.IntN(len(said))]
}
