// Command codesdoc writes docs/findings.md from the table of finding codes, and
// docs/hooks.md from that of hook libraries.
package main

import (
	"fmt"
	"os"

	"github.com/keamigrate/keamigrate/translator"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: codesdoc FINDINGS HOOKS")
		os.Exit(2)
	}
	for i, page := range [][]byte{translator.CodesMarkdown(), translator.HooksMarkdown()} {
		if err := os.WriteFile(os.Args[i+1], page, 0o644); err != nil {
			fmt.Fprintln(os.Stderr, "codesdoc:", err)
			os.Exit(1)
		}
	}
}
