package bundle

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
)

// typicalResults returns a results bundle of eight tasks, the size of most.
func typicalResults() []byte {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<results xmlns="http://momotor.org/1.0" id="r">` + "\n")
	for i := range 7 {
		fmt.Fprintf(&b, `  <result step="run.%d" outcome="pass">
    <properties>
      <property name="label" value="Run test %d"/>
      <property name="score" type="float" value="%d.5"/>
      <property name="max-score" type="integer" value="10"/>
      <property name="status" value="OK"/>
      <property name="report">&lt;p&gt;Test passed&lt;/p&gt;</property>
    </properties>
  </result>
`, i, i, i)
	}
	b.WriteString(`  <result step="finalize" outcome="pass"><properties><property name="score" type="float" value="8"/></properties></result>
</results>
`)
	return []byte(b.String())
}

func BenchmarkOpenAssess(b *testing.B) {
	data := typicalResults()
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		bundle, err := Open(context.Background(), bytes.NewReader(data), int64(len(data)), Limits{})
		if err != nil {
			b.Fatal(err)
		}
		Assess(bundle.Results(), nil)
	}
}

func BenchmarkOpen(b *testing.B) {
	data := typicalResults()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Open(context.Background(), bytes.NewReader(data), int64(len(data)), Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpenMember(b *testing.B) {
	data, err := os.ReadFile("testdata/result-full.zip")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		a, err := OpenArchive(context.Background(), bytes.NewReader(data), int64(len(data)), Limits{})
		if err != nil {
			b.Fatal(err)
		}
		r, _, err := a.Open("result/run.0/out.txt")
		if err != nil {
			b.Fatal(err)
		}
		_ = r.Close()
	}
}
