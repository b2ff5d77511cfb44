// Package pages gives pages of memory back that hold nothing but the program's file:
// most of what a start touches is the code by which packages set themselves up, which
// is never needed again. It imports what is set up first, for the guard's sake.
package pages
