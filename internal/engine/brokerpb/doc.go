// Package brokerpb is what broker.proto says, in Go. Everything but this file and the proto
// is generated.
package brokerpb

//go:generate go run ./generate broker.proto
