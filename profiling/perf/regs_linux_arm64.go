package perf

// userRegisters is the mask of registers that a sample is to have, and DWARF's
// numbers for them in the order in which they come (arch/arm64/include/uapi/asm/perf_regs.h;
// DWARF for the Arm 64-bit Architecture, section 4.1).
func userRegisters() (mask uint64, numbers []uint8) {
	for n := range uint8(32) { // x0 to x29, lr, sp
		numbers = append(numbers, n)
	}
	return 1<<33 - 1, append(numbers, pcNumber)
}
