package control

// FromWire is what the fuzz test reads with.
func FromWire(text []byte) ([]byte, error) { return fromWire(text) }

// ReadHTTP reads a request in pieces of some length. It returns its body when it is
// whole, and what is wrong with it.
func ReadHTTP(text []byte, piece int) (body []byte, whole bool, err error) {
	var r httpRequest
	for at := 0; at < len(text); at += piece {
		if whole, err = r.add(text[at:min(at+piece, len(text))]); err != nil {
			return nil, false, err
		}
		if whole {
			return r.content(), true, nil
		}
	}
	return nil, false, nil
}
