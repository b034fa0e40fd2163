package daemon

import (
	"fmt"
	"os"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/server/config"
)

// candidate is a configuration that could be taken into use.
type candidate struct {
	conf  *config.Config4
	given map[string]any // what is below "Dhcp4"
	// small: little is different from the configuration that is served.
	small bool
	// warnings are about keys without effect.
	warnings []string
}

// ReadConfig4 reads a configuration of kea-dhcp4 and makes it ready.
func ReadConfig4(name string) (*config.Config4, error) {
	c, err := loadFile(name)
	if err != nil {
		return nil, err
	}
	return c.conf, nil
}

func loadFile(name string) (*candidate, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	c, err := load(name, text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return c, nil
}

// load makes a configuration ready. Errors of reading begin with its name.
func load(name string, text []byte) (*candidate, error) {
	four, root, err := keaconf.ReadDHCP4(name, text, os.ReadFile)
	if err != nil {
		return nil, err
	}
	built, err := config.Build(four)
	if err != nil {
		return nil, err
	}
	if db := four.LeaseDatabase; db != nil && db.Type != "memfile" {
		return nil, fmt.Errorf("lease-database: the type %q is not served; memfile is", db.Type)
	}
	top, _ := keaconf.Plain(root.Value()).(map[string]any)
	given, _ := top["Dhcp4"].(map[string]any)
	warnings, err := config.Unserved(given)
	if err != nil {
		return nil, err
	}
	return &candidate{conf: built, given: given, warnings: warnings}, nil
}
