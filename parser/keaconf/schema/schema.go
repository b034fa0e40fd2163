package schema

import (
	"embed"
	"fmt"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/keamigrate/keamigrate/parser/keaversion"
)

//go:generate go run ./gen

//go:embed *.json
var files embed.FS

// Text returns the schema of a server ("dhcp4", "dhcp6", "ddns" or
// "ctrl-agent") as JSON. There is none for the control agent from 3.2 on,
// because Kea no longer has it.
func Text(daemon string, v keaversion.Version) ([]byte, error) {
	text, err := files.ReadFile(daemon + "-" + v.String() + ".json")
	if err != nil {
		return nil, fmt.Errorf("there is no server %q in Kea %s", daemon, v)
	}
	return text, nil
}

// Compile returns the schema ready for use. See Text for the errors.
func Compile(daemon string, v keaversion.Version) (*jsonschema.Schema, error) {
	text, err := Text(daemon, v)
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.Draft = jsonschema.Draft2020
	c.ExtractAnnotations = true
	url := "file:///" + daemon + "-" + v.String() + ".json"
	if err := c.AddResource(url, strings.NewReader(string(text))); err != nil {
		return nil, fmt.Errorf("schema of %s: %w", daemon, err)
	}
	return c.Compile(url)
}
