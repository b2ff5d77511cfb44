// Package crashcorpus has tests only: it plays the programs of testdata/crashes under
// muster. It is a package of its own so that they run beside the tests of the command
// line, as both mostly wait.
package crashcorpus
