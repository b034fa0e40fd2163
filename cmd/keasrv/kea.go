package main

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/keamigrate/keamigrate/server/daemon"
)

// keaUsage is what Kea's server says to whoever calls it wrongly.
const keaUsage = `Kea DHCPv4 server, version ` + daemon.Version + ` (` + daemon.VersionType + `)

Usage: kea-dhcp4 -[v|V|W|X] [-d] [-{c|t|T} cfgfile] [-p number] [-P number]
  -v: print version number and exit
  -V: print extended version and exit
  -W: display the configuration report and exit
  -d: debug mode with extra verbosity (former -v)
  -c file: specify configuration file
  -t file: check the configuration file syntax and exit
  -T file: check the configuration file doing hooks load and extra checks and exit
  -p number: specify non-standard server port number 1-65535 (useful for testing only)
  -P number: specify non-standard client port number 1-65535 (useful for testing only)
  -X: disables security restrictions
`

// complaint is what Kea's server says of how it was called; lines of it have ends.
type complaint string

func (c complaint) Error() string { return string(c) }

func complain(format string, args ...any) error { return complaint(fmt.Sprintf(format, args...)) }

// asKea reports whether the program was called by the name of Kea's server: then it
// takes the place of that, with its flags.
func asKea(name string) bool { return filepath.Base(name) == "kea-dhcp4" }

// keaOptions reads the flags of Kea's server, by the rules of getopt(3). The error is
// what Kea says before it says how to call it; it may be empty.
func keaOptions(name string, args []string) (o serveOptions, err error) {
	const withValue = "cptTP"
	const all = "dvVWX" + withValue
	o.port = serverPort
	for len(args) > 0 {
		word := args[0]
		if word == "--" {
			args = args[1:]
			break
		}
		if len(word) < 2 || word[0] != '-' {
			break
		}
		args = args[1:]
		for at := 1; at < len(word); at++ {
			flag, value := word[at], ""
			switch {
			case strings.IndexByte(all, flag) < 0:
				return o, complain("%s: invalid option -- '%c'\n", name, flag)
			case strings.IndexByte(withValue, flag) >= 0:
				if value = word[at+1:]; value == "" {
					if len(args) == 0 {
						return o, complain("%s: option requires an argument -- '%c'\n", name, flag)
					}
					value, args = args[0], args[1:]
				}
				at = len(word)
			}
			if err := o.set(flag, value); err != nil || o.show != "" {
				return o, err
			}
		}
	}
	switch {
	case len(args) > 0:
		return o, complain("")
	case o.config == "":
		return o, complain("Configuration file not specified.\n")
	}
	return o, nil
}

// set takes one flag of Kea's server.
func (o *serveOptions) set(flag byte, value string) (err error) {
	switch flag {
	case 'd':
		o.debug = true
	case 'v':
		o.show = daemon.Version + "\n"
	case 'V':
		o.show = daemon.ExtendedVersion() + "\n"
	case 'W':
		o.show = daemon.BuildReport()
	case 'X':
		o.anywhere = true
	case 'c':
		o.config = value
	case 't':
		o.config, o.check = value, true
	case 'T':
		o.config, o.check, o.hooks = value, true, true
	case 'p':
		o.port, err = keaPort("server", value)
	case 'P':
		o.clientPort, err = keaPort("client", value)
	}
	return err
}

func keaPort(whose, value string) (uint16, error) {
	n, err := strconv.ParseUint(value, 10, 16)
	if err != nil || n == 0 {
		return 0, complain("Failed to parse %s port number: [%s], 1-65535 allowed.\n", whose, value)
	}
	return uint16(n), nil
}
