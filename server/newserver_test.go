package server_test

import (
	"math/rand/v2"
	"testing"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/server"
	"github.com/keamigrate/keamigrate/server/config"
	"github.com/keamigrate/keamigrate/server/store/memfile"
)

// newServer returns a server for the text of a configuration, with leases that are
// in memory only and numbers that are the same each time.
func newServer(t testing.TB, text string, opts server.Options) (*server.Server4, *memfile.Live4) {
	t.Helper()
	conf, _, err := keaconf.ReadDHCP4("conf", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	built, err := config.Build(conf)
	if err != nil {
		t.Fatal(err)
	}
	if opts.Leases, err = memfile.OpenLive4(t.Context(), "", memfile.LiveOptions{}); err != nil {
		t.Fatal(err)
	}
	opts.Rand = rand.New(rand.NewPCG(1, 2))
	return server.New4(built, opts), opts.Leases
}
