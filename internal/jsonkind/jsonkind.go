// Package jsonkind names the kinds of values in JSON, so that every message
// about a wrong one does so in the same words.
package jsonkind

// What a value is, as a sentence says it: "… is needed, not a string".
const (
	String = "a string"
	Number = "a number"
	Whole  = "a whole number" // a number that Go wants to be one
	Bool   = "true or false"
	List   = "a list"
	Object = "an object"
	Null   = "null"
)
