// Command clientdoc writes docs/clients.md from the table of a client's words.
package main

import (
	"fmt"
	"os"

	"github.com/keamigrate/keamigrate/verify/client"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: clientdoc FILE")
		os.Exit(2)
	}
	if err := os.WriteFile(os.Args[1], client.Markdown(), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, "clientdoc:", err)
		os.Exit(1)
	}
}
