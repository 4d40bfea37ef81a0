package handlers

// PagePatience is for tests, which have less.
var PagePatience = &pagePatience
