// Command grammardoc writes the page about the grammar of lease files.
package main

import (
	"log"
	"os"

	"github.com/keamigrate/keamigrate/parser/dhcpdleases"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: grammardoc FILE")
	}
	if err := os.WriteFile(os.Args[1], dhcpdleases.GrammarPage(), 0o644); err != nil {
		log.Fatal(err)
	}
}
