package main

import (
	"strings"

	"basehandler/final/web"
)

// splitPolicy takes a list written as one text apart.
func splitPolicy(text string) []string {
	if text == "" {
		return nil
	}
	list := strings.Split(text, ",")
	for i := range list {
		list[i] = strings.TrimFunc(list[i], web.IsSpace)
	}
	return list
}
