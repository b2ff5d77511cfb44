package perf

// userRegisters is the mask of registers that a sample is to have, and DWARF's
// numbers for them in the order in which they come (arch/x86/include/uapi/asm/perf_regs.h;
// System V ABI, AMD64 supplement, figure 3.36).
func userRegisters() (mask uint64, numbers []uint8) {
	// ax bx cx dx si di bp sp ip, and from bit 16 on r8 to r15.
	return 0x1ff | 0xff<<16, []uint8{0, 3, 2, 1, 4, 5, 6, 7, pcNumber, 8, 9, 10, 11, 12, 13, 14, 15}
}
