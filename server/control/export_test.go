package control

// FromWire is what the fuzz test reads with.
func FromWire(text []byte) ([]byte, error) { return fromWire(text) }
