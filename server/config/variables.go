package config

import (
	"fmt"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/server/classify"
)

// Variable is a value that leases keep (Kea manual, "Binding Variables").
type Variable struct {
	Name     string
	Value    classify.Text
	Response bool // it is made of the answer, and not of what the client has sent
}

// variables reads the parameters of libdhcp_lease_cmds.
func (b *builder) variables(object keaconf.Object) error {
	value, ok := object.Get("binding-variables")
	if !ok {
		return nil
	}
	list, ok := value.([]any)
	if !ok {
		return fmt.Errorf("'binding-variables' must be a list")
	}
	const prefix = "cannot add BindingVariable to cache: "
	for _, one := range list {
		object, ok := one.(keaconf.Object)
		if !ok {
			return fmt.Errorf(prefix + "mapValue() called on non-map Element")
		}
		v, err := b.variable(object)
		if err != nil {
			return fmt.Errorf(prefix+"%w", err)
		}
		b.config.Hooks.Variables = append(b.config.Hooks.Variables, v)
	}
	return nil
}

func (b *builder) variable(object keaconf.Object) (v Variable, err error) {
	given := map[string]string{}
	for _, m := range object {
		switch m.Key {
		case "name", "expression", "source":
		default:
			return v, fmt.Errorf("spurious '%s' parameter", m.Key)
		}
		text, ok := m.Value.(string)
		if !ok {
			return v, fmt.Errorf("'%s' parameter is not a string", m.Key)
		}
		given[m.Key] = text
	}
	for _, key := range []string{"name", "expression", "source"} {
		if _, ok := given[key]; !ok {
			return v, fmt.Errorf("missing parameter '%s'", key)
		}
	}
	v.Name = given["name"]
	switch {
	case given["source"] != "query" && given["source"] != "response":
		return v, fmt.Errorf("invalid config: invalid source '%s', must be either 'query' or 'response'", given["source"])
	case v.Name == "":
		return v, fmt.Errorf("invalid config: BindingVariable - name cannot be empty")
	case given["expression"] == "":
		return v, fmt.Errorf("invalid config: BindingVariable - '%s' expression_str cannot be empty", v.Name)
	}
	v.Response = given["source"] == "response"
	if v.Value, err = b.text(given["expression"]); err != nil {
		return v, fmt.Errorf("invalid config: BindingVariable - '%s', error parsing expression: '%s' : %w", v.Name, given["expression"], err)
	}
	return v, nil
}
