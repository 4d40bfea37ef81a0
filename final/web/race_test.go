//go:build race

package web_test

func init() { raceDetector = true }
