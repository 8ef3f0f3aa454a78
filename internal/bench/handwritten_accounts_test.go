package bench

import "bytes"

// accountsStatement selects the courses that the key opens.
var accountsStatement = statement{`SELECT acc.id, acc.name, crs.canvas_id, crs.code, crs.name, crs.active
	FROM api_key AS apk JOIN api_key_course AS akc ON akc.api_key_id = apk.id JOIN course AS crs ON crs.id = akc.course_id JOIN account AS acc ON acc.id = crs.account_id
	WHERE apk.prefix = $1 ORDER BY acc.id, crs.id`, []string{"prefix"}}

// writeAccounts answers W7: the accounts with their courses.
func writeAccounts(b *buffer, rows *rowReader) error {
	b.body = append(b.body, `{"data":{"accounts":{"nodes":[`...)
	var account []byte
	err := rows.each(func(row [][]byte) {
		first := !bytes.Equal(account, row[0])
		if first {
			if account != nil {
				b.body = append(b.body, "]}},"...)
			}
			account = append(account[:0], row[0]...)
			b.body = append(b.appendValue(append(b.body, `{"name":`...), 's', row[1]), `,"courses":{"nodes":[`...)
		}
		b.body = append(b.appendMembers(appendItemStart(b.body, first), courseRow, row[2:]), '}')
	})
	if account != nil {
		b.body = append(b.body, "]}}"...)
	}
	b.body = append(b.body, "]}}}"...)
	return err
}
