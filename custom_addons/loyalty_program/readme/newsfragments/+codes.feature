Codes cannot be found by trying: who enters many wrong ones waits, unknown and ended ones get one answer, and new codes have 60 random bits.
