//go:build race

package site

func init() { raceDetector = true }
