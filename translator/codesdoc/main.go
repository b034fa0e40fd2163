// Command codesdoc writes docs/findings.md from the table of finding codes.
package main

import (
	"fmt"
	"os"

	"github.com/keamigrate/keamigrate/translator"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: codesdoc FILE")
		os.Exit(2)
	}
	if err := os.WriteFile(os.Args[1], translator.CodesMarkdown(), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, "codesdoc:", err)
		os.Exit(1)
	}
}
