// Command constructsdoc writes docs/what-becomes-what.md from the parser's list
// of constructs and what the translator makes of the samples and golden cases.
package main

import (
	"fmt"
	"os"

	"github.com/keamigrate/keamigrate/translator/constructs"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: constructsdoc REPOSITORY FILE")
		os.Exit(2)
	}
	confs, err := constructs.Read(os.DirFS(os.Args[1]))
	if err == nil {
		err = os.WriteFile(os.Args[2], constructs.Page(constructs.Observe(confs)), 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "constructsdoc:", err)
		os.Exit(1)
	}
}
