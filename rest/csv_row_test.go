package rest

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestFormulas(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]string{
		"":                     "",
		"=1+1":                 "'=1+1",
		"=":                    "'=",
		"+A1":                  "'+A1",
		"-A1":                  "'-A1",
		"-":                    "'-",
		"+":                    "'+",
		"@SUM(A1)":             "'@SUM(A1)",
		"\t=1":                 "\"'\t=1\"",
		"\r=1":                 "\"'\r=1\"",
		"\n=1":                 "\"'\n=1\"",
		"＝1":                   "'＝1",
		"＠a":                   "'＠a",
		`=cmd|"/c calc",A1`:    `"'=cmd|""/c calc"",A1"`,
		"-1":                   "-1",
		"-1.5":                 "-1.5",
		"+1.5e-07":             "+1.5e-07",
		"-1e+16":               "-1e+16",
		"-1+1":                 "'-1+1",
		"-1,5":                 "\"'-1,5\"",
		"-.5":                  "'-.5",
		"-1.":                  "'-1.",
		"-1\n":                 "\"'-1\n\"",
		"-Inf":                 "'-Inf",
		"-0x1p-2":              "'-0x1p-2",
		"--1":                  "'--1",
		" a":                   "\" a\"",
		"a ":                   "\"a \"",
		"a b;c":                "a b;c",
		"1=1":                  "1=1",
		"a@b":                  "a@b",
		"'=1":                  "'=1",
		"2026-03-01T12:00:00Z": "2026-03-01T12:00:00Z",
	} {
		if got := string(appendRow(nil, [][]byte{[]byte(cell), []byte("x")}, false)); got != want+",x\r\n" {
			t.Errorf("appendRow(%q, \"x\") = %q, want %q", cell, got, want+",x\r\n")
		}
	}
	const want = "=1+1,\"\t=1\",@a,-A1\r\n"
	if got := string(appendRow(nil, bytes.Split([]byte("=1+1|\t=1|@a|-A1"), []byte("|")), true)); got != want {
		t.Errorf("appendRow(formulas, allowFormulas: true) = %q, want %q", got, want)
	}
}

// A CSV reader reads every appended cell unchanged, except for the apostrophe before a formula.
func TestAppendRowRoundTrip(t *testing.T) {
	t.Parallel()
	cell := rapid.OneOf(rapid.String(), rapid.StringOfN(rapid.SampledFrom([]rune("=+-@\t\r\n\",;' a1.e＝")), 0, 6, -1))
	rapid.Check(t, func(t *rapid.T) {
		allowFormulas := rapid.Bool().Draw(t, "allowFormulas")
		width := rapid.IntRange(2, 5).Draw(t, "width")
		rows := rapid.SliceOf(rapid.SliceOfN(cell, width, width)).Draw(t, "rows")
		var b []byte
		for _, row := range rows {
			cells := make([][]byte, width)
			for i := range row {
				cells[i] = []byte(row[i])
			}
			b = appendRow(b, cells, allowFormulas)
		}
		got, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
		if err != nil || len(got) != len(rows) {
			t.Fatalf("ReadAll(%q) = %q, %v, want %q", b, got, err, rows)
		}
		for i, row := range rows {
			for j, want := range row {
				want = strings.ReplaceAll(want, "\r\n", "\n") // encoding/csv does the same
				if cell := got[i][j]; cell != want && (allowFormulas || cell != "'"+want) {
					t.Fatalf("the reader returns the cell %q, want %q", cell, want)
				}
				if !allowFormulas && isFormula([]byte(got[i][j])) {
					t.Fatalf("the reader returns the formula %q, want it escaped", got[i][j])
				}
			}
		}
	})
}

// FuzzScanner checks that the scanner reads JSON strings like encoding/json and never panics.
func FuzzScanner(f *testing.F) {
	f.Add(`a"b\c` + "\n\u2028\x00é😀")
	f.Add(`\`)
	f.Add(`{"page":{"more":true,"end":"x"},"nodes":[{"user":{"canvas_id":1,"name":"`)
	f.Fuzz(func(t *testing.T, text string) {
		quoted, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		var wantText string
		if err := json.Unmarshal(quoted, &wantText); err != nil {
			t.Fatal(err)
		}
		s := scanner{data: append(quoted, ",1.50,null,[1,2],[],true}"...)}
		var got []string
		for range 6 {
			got = append(got, string(s.readScalar()))
			s.skipByte(',')
		}
		s.expect("}")
		if want := []string{wantText, "1.50", "", "[1,2]", "[]", "true"}; !reflect.DeepEqual(got, want) || s.err != nil {
			t.Errorf("readScalar = %q, %v, want %q", got, s.err, want)
		}
		page := csvPage{scanner: newScanner([]byte(text))}
		page.readPath(len(text)%2 == 0)
		_ = page.readHeader()
		for page.readRow(make([][]byte, len(resultColumns))) {
			continue
		}
	})
}
