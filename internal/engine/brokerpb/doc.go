// Package brokerpb has the Go code for broker.proto. All of it except this file is generated.
package brokerpb

//go:generate go run ./generate broker.proto
