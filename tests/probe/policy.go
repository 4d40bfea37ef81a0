package main

import "strings"

// splitPolicy takes a list written as one text apart.
func splitPolicy(text string) []string {
	if text == "" {
		return nil
	}
	list := strings.Split(text, ",")
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	return list
}
