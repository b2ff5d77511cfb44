package procs

// TerminalPiece is something that a program has sent to its terminal.
type TerminalPiece struct {
	// N is the number of the run that has sent it, as in [Run].
	N int
	// Fresh says that Data begins on a new terminal: what was shown is to be forgotten.
	Fresh bool
	// Answer says that whoever shows this is to answer what Data asks of the
	// terminal, such as where the cursor is, by typing the answer.
	Answer bool
	Data   []byte
	// Cols and Rows are the size of the terminal, which is not the one that was asked for
	// where somebody else has it open; 0 if it is not known.
	Cols, Rows int
}
