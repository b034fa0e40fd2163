// Command rulesdoc writes docs/equivalence.md from the rule book of the comparison.
package main

import (
	"fmt"
	"os"

	"github.com/keamigrate/keamigrate/verify/exchange"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: rulesdoc FILE")
		os.Exit(2)
	}
	if err := os.WriteFile(os.Args[1], exchange.Markdown(), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, "rulesdoc:", err)
		os.Exit(1)
	}
}
