package main

// muster is made of Unix processes, signals and terminals.
var _ = muster_does_not_run_on_Windows
