package demo

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
)

// gallery keeps the pictures that were drawn: few differ.
type gallery map[[2]int][]byte

// bar returns a bar of tests, green for passed ones and red for the others, as
// a small PNG.
func (g gallery) bar(passed, total int) []byte {
	key := [2]int{passed, total}
	if g[key] == nil {
		g[key] = draw(passed, total)
	}
	return g[key]
}

func draw(passed, total int) []byte {
	const cell, height = 12, 16
	palette := color.Palette{color.White, color.RGBA{0x2e, 0x7d, 0x32, 0xff}, color.RGBA{0xc6, 0x28, 0x28, 0xff}}
	m := image.NewPaletted(image.Rect(0, 0, cell*total, height), palette)
	for x := range cell * total {
		ink := uint8(1)
		if x/cell >= passed {
			ink = 2
		}
		for y := 1; y < height-1 && x%cell != 0; y++ {
			m.SetColorIndex(x, y, ink)
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		impossible(err)
	}
	return b.Bytes()
}
