package translator

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// script writes a script for /bin/sh as POSIX defines it. Nothing that a
// client can choose is ever part of its text: constants stand between single
// quotes, everything else is a variable between double quotes, and no word is
// read twice (no eval).
type script struct {
	out    bytes.Buffer
	indent int
	uses   map[string]bool // the functions of shellFunctions that are called
	temps  int
}

func newScript() *script { return &script{uses: map[string]bool{}} }

func (s *script) line(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); text != "" {
		s.out.WriteString(strings.Repeat("\t", s.indent))
		s.out.WriteString(text)
	}
	s.out.WriteByte('\n')
}

// open writes a line and indents what follows, closed ends that.
func (s *script) open(format string, args ...any) {
	s.line(format, args...)
	s.indent++
}

func (s *script) closed(text string) {
	s.indent--
	s.line("%s", text)
}

// comment writes a comment of one line, whatever the text holds.
func (s *script) comment(text string) {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, text)
	s.line("# %s", text)
}

// call notes that a function is needed and returns its name.
func (s *script) call(name string) string {
	s.uses[name] = true
	for _, other := range shellFunctions[name].needs {
		s.call(other)
	}
	return name
}

// attempt writes what f writes, or nothing when it fails.
func (s *script) attempt(f func() error) error {
	length, indent, uses, temps := s.out.Len(), s.indent, maps.Clone(s.uses), s.temps
	err := f()
	if err != nil {
		s.out.Truncate(length)
		s.indent, s.uses, s.temps = indent, uses, temps
	}
	return err
}

// temp returns the name of a new variable.
func (s *script) temp() string {
	s.temps++
	return fmt.Sprintf("t%d", s.temps)
}

// shellQuote returns a text as one word of the shell. A NUL, which no argument
// can hold, ends the text, as it does in dhcpd.
func shellQuote(text string) string {
	if i := strings.IndexByte(text, 0); i >= 0 {
		text = text[:i]
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// shellVariable returns a variable's name that the shell can take for a
// variable of dhcpd's; taken names get a number.
func shellVariable(name string, taken map[string]bool) string {
	legal := "v_" + strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '_':
			return r
		}
		return '_'
	}, name)
	free := legal
	for i := 2; taken[free]; i++ {
		free = fmt.Sprintf("%s_%d", legal, i)
	}
	taken[free] = true
	return free
}

// shellFunction is a function of the script: octets are handed around as
// hexadecimal digits, since no variable of the shell can hold a NUL.
type shellFunction struct {
	needs []string
	text  string
}

var shellFunctions = map[string]shellFunction{
	"run": {needs: []string{"report"}, text: `# run COMMAND ARGUMENT...
run() {
	"$@" || report err "execute: $1 exit status $?"
}
`},
	"report": {text: `# report PRIORITY TEXT: what dhcpd writes to syslog
report() {
	logger -t dhcpd -p "FACILITY.$1" -- "$2"
}
`},
	"to_hex": {text: `# to_hex TEXT: its octets as hexadecimal digits
to_hex() {
	printf %s "$1" | od -An -v -tx1 | tr -d ' \n'
}
`},
	"to_text": {text: `# to_text HEX: the octets, up to the first zero, and an x
to_text() {
	rest=$1
	while [ -n "$rest" ]; do
		octet=${rest%"${rest#??}"}
		rest=${rest#??}
		[ "$octet" != 00 ] || break
		# shellcheck disable=SC2059
		printf "\\$(printf %03o "0x$octet")"
	done
	printf x
}
`},
	"digits": {text: `# digits TEXT: only its hexadecimal digits, in lower case
digits() {
	printf %s "${1#0x}" | tr -d : | tr A-F a-f
}
`},
	"hardware": {needs: []string{"digits"}, text: `# hardware: the octet of the type and those of the address
hardware() {
	[ -z "$hwtype" ] || printf %02x "$hwtype"
	digits "$hwaddr"
}
`},
	"address_hex": {text: `# address_hex A.B.C.D: its four octets
address_hex() (
	IFS=.
	# shellcheck disable=SC2086
	set -- $1
	printf %02x%02x%02x%02x "$1" "$2" "$3" "$4"
)
`},
	"address6_hex": {text: `# address6_hex ADDRESS: the sixteen octets of an IPv6 address
address6_hex() (
	case $1 in
	*::*) head=${1%%::*} tail=${1#*::} ;;
	*) head=$1 tail= ;;
	esac
	IFS=:
	text=
	# shellcheck disable=SC2086
	set -- $head
	count=$#
	for group; do text=$text$(printf %04x "0x$group"); done
	# shellcheck disable=SC2086
	set -- $tail
	count=$((count + $#))
	while [ "$count" -lt 8 ]; do
		text=${text}0000
		count=$((count + 1))
	done
	for group; do text=$text$(printf %04x "0x$group"); done
	printf %s "$text"
)
`},
	"within": {needs: []string{"address6_hex"}, text: `# within LOW HIGH: is the address between the two?
within() {
	number=$(address6_hex "$address")
	expr "x$number" '>=' "x$1" '&' "x$number" '<=' "x$2" >/dev/null
}
`},
	"lease6": {text: `# value NAME: the variable of that name, and an x
value() {
	printenv "$1" && printf x
}

# lease6 PREFIX: reads the lease whose variables begin with the prefix
lease6() {
	address=$(value "$1_ADDRESS") && address=${address%?x}
	state=$(value "$1_STATE") && state=${state%?x}
	subnet=$(value "$1_SUBNET_ID") && subnet=${subnet%?x}
	type=$(value "$1_TYPE") && type=${type%?x}
	iaid=$(value "$1_IAID") && iaid=${iaid%?x}
	length=$(value "$1_PREFIX_LEN") && length=${length%?x}
	preferred=$(value "$1_PREFERRED_LIFETIME") && preferred=${preferred%?x}
	lifetime=$(value "$1_VALID_LIFETIME") && lifetime=${lifetime%?x}
	unset host_name
	if host_name=$(value "$1_HOSTNAME"); then
		host_name=${host_name%?x}
		host_name=${host_name%.}
	fi
	[ -n "$host_name" ] || unset host_name
}
`},
	"options6": {needs: []string{"address6_hex"}, text: `# options6: the options IA_NA and IA_PD of the first lease of each kind
options6() {
	number=$(address6_hex "$address")
	case $type in
	*PD*)
		[ -n "${ia_pd+x}" ] || ia_pd=$(printf '%08x0000000000000000001a0019%08x%08x%02x%s' "$iaid" "$preferred" "$lifetime" "$length" "$number")
		;;
	*)
		[ -n "${ia_na+x}" ] || ia_na=$(printf '%08x000000000000000000050018%s%08x%08x' "$iaid" "$number" "$preferred" "$lifetime")
		;;
	esac
}
`},
	"ascii": {text: `# ascii CONVERSION DIGITS SEPARATOR HEX: binary-to-ascii; each number has DIGITS
# hexadecimal digits and is written without leading zeros
ascii() (
	pattern=$(printf "%$2s" '' | tr ' ' '?')
	[ $((${#4} % $2)) -eq 0 ] || exit 1
	rest=$4
	text=
	between=
	while [ -n "$rest" ]; do
		# shellcheck disable=SC2295
		tail=${rest#$pattern}
		# shellcheck disable=SC2059
		text=$text$between$(printf "%$1" "0x${rest%"$tail"}")
		rest=$tail
		between=$3
	done
	printf '%sx' "$text"
)
`},
	"reversed": {text: `# reversed DIGITS HEX: reverse; the chunks have DIGITS digits
reversed() (
	pattern=$(printf "%$1s" '' | tr ' ' '?')
	[ $((${#2} % $1)) -eq 0 ] || exit 1
	rest=$2
	text=
	while [ -n "$rest" ]; do
		# shellcheck disable=SC2295
		tail=${rest#$pattern}
		text=${rest%"$tail"}$text
		rest=$tail
	done
	printf %s "$text"
)
`},
}

// assemble returns the whole script: its head, the functions it needs and what
// was written. Facility is that of syslog.
func (s *script) assemble(head []string, facility string) string {
	whole := newScript()
	whole.line("#!/bin/sh")
	for _, text := range head {
		whole.comment(text)
	}
	// Unused variables, quoted dollars and plain ASCII ranges are meant.
	whole.line("# shellcheck disable=SC2016,SC2018,SC2019,SC2034")
	whole.line("")
	whole.line("set -f # no word is taken for a pattern of file names")
	whole.line("LC_ALL=C")
	whole.line("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
	whole.line("export LC_ALL PATH")
	names := make([]string, 0, len(s.uses))
	for name := range s.uses {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		whole.line("")
		whole.out.WriteString(strings.ReplaceAll(shellFunctions[name].text, "FACILITY", facility))
	}
	return whole.out.String() + s.out.String()
}
