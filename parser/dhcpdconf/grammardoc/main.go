// Command grammardoc writes the page about the grammar of dhcpd.conf.
package main

import (
	"log"
	"os"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: grammardoc FILE")
	}
	if err := os.WriteFile(os.Args[1], dhcpdconf.GrammarPage(), 0o644); err != nil {
		log.Fatal(err)
	}
}
