package dhcpdleases

import "encoding/binary"

// unixTime is dhcpd's calculation of a time, in 32 bits with overflow. No field
// is checked: the 40th of a month is in the next one. offset is in seconds and
// is added, whatever its author meant. month is from 1 to 12.
func unixTime(year, month, day, hour, minute, second, offset int32) int64 {
	if year > 1900 {
		year -= 1900
	}
	if year >= 138 {
		return Never
	}
	days := 365*(year-70) + (year-69)/4 + monthDays[month-1] + day - 1
	if month > 2 && (year-72)&3 == 0 {
		days++
	}
	return int64(((days*24+hour)*60+minute)*60 + second + offset)
}

// monthDays are the days of a year before each month.
var monthDays = [12]int32{0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334}

// atoi reads a number as C's atoi does: digits behind a sign, as many as there
// are. Too many stop at the limits of 64 bits, of which the low 32 are taken.
func atoi(b []byte) int32 { return int32(atol(b)) }

func atol(b []byte) int64 {
	negative := len(b) > 0 && b[0] == '-'
	if negative {
		b = b[1:]
	}
	var n uint64
	for _, c := range b {
		if c < '0' || c > '9' {
			break
		}
		if n >= 1<<60 {
			// The next digit goes over the limit.
			if negative {
				return -1 << 63
			}
			return 1<<63 - 1
		}
		n = n*10 + uint64(c-'0')
	}
	switch {
	case n > 1<<63-1 && !negative:
		return 1<<63 - 1
	case negative:
		return int64(-n)
	}
	return int64(n)
}

// dateMemo remembers the month that the last date was in: most dates of a file
// are in one of a few.
type dateMemo struct {
	month uint64 // "2024/05/" as read
	start int32  // of it
}

// The layouts "16 12:34" and ":56;" as little-endian numbers. x ^ zero turns
// digits into their values and separators into 0; adding check then sets the
// highest bit of each byte that is neither.
const (
	dayTimeZero  = 0x3030_3a30_3020_3030
	dayTimeCheck = 0x7676_7f76_767f_7676
	dayTimeHigh  = 0x8080_8080_8080_8080
	secondsZero  = 0x3b30_303a
	secondsCheck = 0x7f76_767f
	secondsHigh  = 0x8080_8080
)

// date reads "2024/05/16 12:34:56;" at the start of b, which is what dhcpd
// writes behind the day of the week. b has at least 20 bytes.
func (m *dateMemo) date(b []byte) (t int64, ok bool) {
	_ = b[19]
	if month := binary.LittleEndian.Uint64(b); month != m.month {
		if !m.setMonth(b[:8]) {
			return 0, false
		}
		m.month = month
	}
	x := binary.LittleEndian.Uint64(b[8:]) ^ dayTimeZero
	y := binary.LittleEndian.Uint32(b[16:]) ^ secondsZero
	if (x|(x+dayTimeCheck))&dayTimeHigh != 0 || (y|(y+secondsCheck))&secondsHigh != 0 {
		return 0, false
	}
	day := int32(x&15)*10 + int32(x>>8&15)
	hour := int32(x>>24&15)*10 + int32(x>>32&15)
	minute := int32(x>>48&15)*10 + int32(x>>56&15)
	second := int32(y>>8&15)*10 + int32(y>>16&15)
	return int64(m.start + ((day-1)*24+hour)*3600 + minute*60 + second), true
}

// setMonth reads "2024/05/". It takes the years that need no special care.
func (m *dateMemo) setMonth(b []byte) bool {
	number := 0
	for i, c := range b {
		switch {
		case i == 4 || i == 7:
			if c != '/' {
				return false
			}
		case c < '0' || c > '9':
			return false
		default:
			number = number*10 + int(c-'0')
		}
	}
	year, month := number/100, number%100
	if year < 1970 || year > 2037 || month < 1 || month > 12 {
		return false
	}
	m.start = int32(unixTime(int32(year), int32(month), 1, 0, 0, 0, 0))
	return true
}
