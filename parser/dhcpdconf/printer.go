package dhcpdconf

// Print returns the file as it was written, put together from its statements:
// the same bytes as long as each statement spans exactly its own text. Included
// files are not expanded.
func Print(f *File) []byte {
	text := f.Source.Text
	out := make([]byte, 0, len(text))
	at := uint32(0)
	for s := range ownStatements(f) {
		head := s.Head()
		out = append(out, text[min(at, head.Off):head.Off]...)
		out = append(out, text[head.Off:head.End]...)
		at = head.End
	}
	return append(out, text[at:]...)
}

// ownStatements yields the statements that stand in the file itself, not in
// the files it includes.
func ownStatements(f *File) func(yield func(Statement) bool) {
	return func(yield func(Statement) bool) {
		walk(f.Body, func(s Statement) (inside, more bool) {
			_, isInclude := s.(*Include)
			more = yield(s)
			return !isInclude && more, more
		})
	}
}
