cryoscope info tests/real/tree
