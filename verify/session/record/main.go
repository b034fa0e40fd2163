// Command record appends its arguments and its environment to a file, with an empty line
// behind them. Sessions have servers run it.
package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

func main() {
	if err := record("/etc/kea/recorded"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func record(name string) error {
	environment := os.Environ()
	slices.Sort(environment)
	text := strings.Join(os.Args[1:], " ") + "\n" + strings.Join(environment, "\n") + "\n\n"
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o666)
	if err != nil {
		return err
	}
	defer f.Close()
	// Another run may be writing.
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
		return err
	}
	if _, err := f.WriteString(text); err != nil {
		return err
	}
	return f.Close()
}
