package demo

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
)

// chartCache maps numbers of passed tests and of all tests to their chart.
type chartCache map[[2]int][]byte

// chart returns a bar of tests as a small PNG: green for passed tests, red for
// the others.
func (c chartCache) chart(passed, total int) []byte {
	key := [2]int{passed, total}
	if c[key] == nil {
		c[key] = drawChart(passed, total)
	}
	return c[key]
}

func drawChart(passed, total int) []byte {
	const cell, height = 12, 16
	palette := color.Palette{color.White, color.RGBA{0x2e, 0x7d, 0x32, 0xff}, color.RGBA{0xc6, 0x28, 0x28, 0xff}}
	img := image.NewPaletted(image.Rect(0, 0, cell*total, height), palette)
	for x := range cell * total {
		colorIndex := uint8(1)
		if x/cell >= passed {
			colorIndex = 2
		}
		for y := 1; y < height-1 && x%cell != 0; y++ {
			img.SetColorIndex(x, y, colorIndex)
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panicWriteError(err)
	}
	return b.Bytes()
}
