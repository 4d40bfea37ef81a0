//go:build race

package urls

func init() { RaceDetector = true }
