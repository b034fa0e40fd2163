package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/option"
	"github.com/keamigrate/keamigrate/server/classify"
)

// FlexOption is an action of libdhcp_flex_option on the answer.
type FlexOption struct {
	Code  uint8
	Class int // the client has to be in it; -1: any client
	// One of these: a value for the option, given to it always (Supersede) or
	// where there is none (Add), or a test whether it is taken away.
	Add       classify.Text
	Supersede classify.Text
	Remove    classify.Test
	// Def says how a value that is text is encoded; nil: the value is the bytes.
	Def *option.KeaDef
	// Sub are actions on options within the option.
	Sub []FlexOption
	// ContainerAdd: the option is made where it is missing. ContainerRemove: it is
	// taken away when nothing is left in it.
	ContainerAdd, ContainerRemove bool
}

// Keys of an action on an option, and on an option within one.
var (
	flexKeys    = []string{"code", "name", "space", "csv-format", "client-class", "add", "supersede", "remove", "sub-options", "comment"}
	flexSubKeys = []string{"code", "name", "space", "csv-format", "client-class", "add", "supersede", "remove", "container-add", "container-remove", "comment"}
)

func (b *builder) flexOptions(object keaconf.Object) error {
	value, ok := object.Get("options")
	if !ok {
		return errors.New("'options' parameter is mandatory")
	}
	list, ok := value.([]any)
	if !ok {
		return errors.New("'options' parameter must be a list")
	}
	for _, one := range list {
		o, ok := one.(keaconf.Object)
		if !ok {
			return errors.New("option element is not a map")
		}
		a, err := b.flexOption(parameters(o), space4, false)
		if err != nil {
			return err
		}
		if a != nil {
			b.config.Hooks.FlexOptions = append(b.config.Hooks.FlexOptions, *a)
		}
	}
	return nil
}

// flexOption reads an action; nil: nothing is to be done. sub: it is about an option
// within another one, of a space.
func (b *builder) flexOption(p parameters, space string, sub bool) (*FlexOption, error) {
	keys := flexKeys
	if sub {
		keys = flexSubKeys
	}
	for _, m := range p {
		if !slices.Contains(keys, m.Key) {
			return nil, fmt.Errorf("unknown parameter '%s'", m.Key)
		}
	}
	out := &FlexOption{Class: -1}
	def, known, err := b.flexTarget(p, space, sub, out)
	if err != nil {
		return nil, err
	}
	class, _, err := p.textOf("client-class")
	if err != nil {
		return nil, err
	}
	if class != "" {
		out.Class = b.config.Names.ID(class)
	}
	if out.ContainerAdd, err = p.truthOf("container-add", true); err != nil {
		return nil, err
	}
	if out.ContainerRemove, err = p.truthOf("container-remove", true); err != nil {
		return nil, err
	}
	if value, ok := keaconf.Object(p).Get("sub-options"); ok {
		return b.flexSubOptions(p, value, def, known, out)
	}
	csv, err := p.truthOf("csv-format", false)
	switch {
	case err != nil:
		return nil, err
	case csv && !known:
		return nil, fmt.Errorf("no known option with code '%d' in '%s' space", out.Code, space)
	case csv:
		out.Def = &def
	}
	return out, b.flexAction(p, out)
}

// flexTarget reads which option an action is about.
func (b *builder) flexTarget(p parameters, space string, sub bool, out *FlexOption) (def option.KeaDef, known bool, err error) {
	what := "option"
	if sub {
		what = "sub-option"
	}
	own, ok, err := p.textOf("space")
	if err != nil {
		return def, false, err
	}
	if ok && own != "" {
		space = own
	}
	code, hasCode := keaconf.Object(p).Get("code")
	if hasCode {
		n, ok := integer(code)
		switch {
		case !ok:
			return def, false, fmt.Errorf("'code' must be an integer: %s", shown(code))
		case n < 0 || n > 255:
			return def, false, fmt.Errorf("invalid 'code' value %d not in [0..255]", n)
		case n == 0 && space == space4:
			return def, false, errors.New("invalid 'code' value 0: reserved for PAD")
		case n == 255 && space == space4:
			return def, false, errors.New("invalid 'code' value 255: reserved for END")
		}
		out.Code = uint8(n)
		def, known = b.definitions.byCode(space, uint32(n))
	}
	name, hasName, err := p.textOf("name")
	switch {
	case err != nil:
		return def, false, err
	case !hasName && !hasCode:
		return def, false, fmt.Errorf("'code' or 'name' must be specified: %s", shown(p))
	case !hasName:
		return def, known, nil
	}
	byName, ok := b.definitions.byName(space, name)
	switch {
	case !ok:
		return def, false, fmt.Errorf("no known '%s' %s in '%s' space", name, what, space)
	case hasCode && byName.Code != uint32(out.Code):
		return def, false, fmt.Errorf("option '%s' is defined as code: %d, not the specified code: %d", name, byName.Code, out.Code)
	}
	out.Code = uint8(byName.Code)
	return byName, true, nil
}

func (b *builder) flexSubOptions(p parameters, value any, def option.KeaDef, known bool, out *FlexOption) (*FlexOption, error) {
	for _, key := range []string{"add", "supersede", "remove"} {
		if _, ok := keaconf.Object(p).Get(key); ok {
			return nil, fmt.Errorf("'sub-options' and '%s' are incompatible in the same entry", key)
		}
	}
	list, ok := value.([]any)
	if !ok {
		return nil, fmt.Errorf("'sub-options' must be a list: %s", shown(value))
	}
	for _, one := range list {
		o, ok := one.(keaconf.Object)
		if !ok {
			return nil, errors.New("sub-option element is not a map")
		}
		sub := parameters(o)
		inner := strings.TrimSpace(def.Encapsulate)
		_, hasCode := o.Get("code")
		_, hasName := o.Get("name")
		if space := sub.text("space"); space == "" && inner == "" && (hasCode || hasName) {
			if known {
				return nil, errors.New("container encapsulates no space: can't get space")
			}
			return nil, errors.New("container is not defined: can't get space")
		}
		a, err := b.flexOption(sub, inner, true)
		if err != nil {
			return nil, err
		}
		out.Sub = append(out.Sub, *a)
	}
	if len(list) == 0 {
		return nil, nil
	}
	return out, nil
}

// flexAction reads what is to be done with an option.
func (b *builder) flexAction(p parameters, out *FlexOption) error {
	given := 0
	for _, key := range []string{"add", "supersede", "remove"} {
		text, ok, err := p.textOf(key)
		switch {
		case err != nil:
			return err
		case !ok:
			continue
		case text == "":
			return fmt.Errorf("'%s' must not be empty", key)
		}
		if given++; given > 1 {
			return fmt.Errorf("multiple actions: %s", shown(p))
		}
		switch key {
		case "add":
			out.Add, err = b.text(text)
		case "supersede":
			out.Supersede, err = b.text(text)
		default:
			out.Remove, err = b.test(text)
		}
		if err != nil {
			return fmt.Errorf("can't parse %s expression [%s] error: %w", key, text, err)
		}
	}
	if given == 0 {
		return fmt.Errorf("no action: %s", shown(p))
	}
	return nil
}
