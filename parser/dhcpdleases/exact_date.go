package dhcpdleases

// date reads a date and its ";". dhcpd takes what is broken for the time 0.
func (r *Reader) date() int64 {
	t := r.dateWithoutSemi()
	if !r.semi() {
		return 0
	}
	return t
}

func (r *Reader) dateWithoutSemi() int64 {
	r.peek()
	switch {
	case r.isWord("never"):
		r.next()
		return Never
	case r.isWord("epoch"):
		r.next()
		s, ok := r.dateNumber("the seconds since 1970")
		if !ok {
			return 0
		}
		return int64(s)
	}
	// The day of the week, year, month, day, hour, minute and second.
	var field [7]int32
	what := [7]string{"the number of a day of the week, \"epoch\" or \"never\"", "a year", "a month", "a day of a month", "an hour", "a minute", "a second"}
	const before = "  // ::"
	for i := range field {
		if mark := before[i]; mark != ' ' {
			if r.peek(); !r.is(mark) {
				r.dateError(`"` + string(mark) + `"`)
				return 0
			}
			r.next()
		}
		var ok bool
		if field[i], ok = r.dateNumber(what[i]); !ok {
			return 0
		}
	}
	offset := int32(0)
	if r.peek(); r.kind == tokNumber {
		r.next()
		offset = atoi(r.value)
	} else if !r.is(';') {
		r.dateError(`an offset of the time zone or ";"`)
		return 0
	}
	month := field[2]
	if month < 1 || month > 12 {
		r.problem("there is no such month")
		month = 1
	}
	return unixTime(field[1], month, field[3], field[4], field[5], field[6], offset)
}

func (r *Reader) dateNumber(what string) (int32, bool) {
	if r.peek(); r.kind != tokNumber {
		r.dateError(what)
		return 0, false
	}
	r.next()
	return atoi(r.value), true
}

// dateError passes over the token that has no place in a date.
func (r *Reader) dateError(want string) {
	r.unexpected(want)
	if !r.is(';') {
		r.next()
	}
}
