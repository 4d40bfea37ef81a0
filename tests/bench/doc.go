// Package bench measures the complete handler beside other frameworks that do
// the same work. An application is described as data ([app]), and each [peer]
// builds it with the plain middleware and routes of its own. The test sees to it
// that all of them give the same answers; without that a comparison means
// nothing.
//
// It is a module of its own, so that nobody who uses the other one has to
// download the peers.
package bench
