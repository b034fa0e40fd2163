package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"

	"github.com/keamigrate/keamigrate/verify/realfiles"
)

// timeLimit is how long reading or converting one file may take.
const timeLimit = 30 * time.Second

// parsed is what the parser makes of a file.
type parsed struct {
	crash    string // "" if it neither panicked nor hung
	verbatim bool   // prints back byte for byte
	message  string // its first error; a missing include is one, as for dhcpd
}

// parse reads a laid out file as "keamigrate convert --root --strict" does.
func parse(e realfiles.Entry, dir, file string) (parsed, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return parsed{}, err
	}
	opts := dhcpdconf.Options{Protocol: dhcpdconf.DHCP4, Root: filepath.Join(dir, "root"), Strict: true}
	if e.V6 {
		opts.Protocol = dhcpdconf.DHCP6
	}
	opts.ReadFile = func(name string) ([]byte, error) {
		if !filepath.IsAbs(name) {
			name = filepath.Join(dir, "cwd", name)
		}
		return os.ReadFile(name)
	}
	done := make(chan parsed, 1)
	go func() {
		var p parsed
		defer func() {
			if r := recover(); r != nil {
				p.crash = fmt.Sprint("parser panics: ", r)
			}
			done <- p
		}()
		tree, diags := dhcpdconf.Parse(file, text, opts)
		p.verbatim = bytes.Equal(dhcpdconf.Print(tree), text)
		for _, d := range diags {
			if d.Severity == dhcpdconf.Error {
				p.message = strings.TrimPrefix(d.Error(), filepath.Dir(file)+"/")
				break
			}
		}
	}()
	select {
	case p := <-done:
		return p, nil
	case <-time.After(timeLimit):
		return parsed{crash: fmt.Sprintf("parser takes longer than %v", timeLimit)}, nil
	}
}
