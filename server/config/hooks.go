package config

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/parser/keaexpr"
	"github.com/keamigrate/keamigrate/parser/option"
	"github.com/keamigrate/keamigrate/server/classify"
)

// Hooks are what the hook libraries of a configuration do (Kea manual, chapter
// "Hook Libraries"). A library's name selects what is built in.
type Hooks struct {
	FlexOptions []FlexOption
	FlexID      *FlexIDHook
	BOOTP       bool       // libdhcp_bootp: clients that speak only BOOTP are answered
	Tuning      *Tuning    // libdhcp_ddns_tuning; nil: names stay as they are
	Legal       *LegalLog  // libdhcp_legal_log; nil: nothing is written
	Ping        *PingCheck // libdhcp_ping_check; nil: addresses are offered unchecked
	// Variables are those of libdhcp_lease_cmds.
	Variables []Variable
	// Limits: libdhcp_limits, whose limits are in user contexts.
	Limits bool
	// Script is what libdhcp_run_script runs; empty: nothing.
	Script string
	// Libraries are the names of all of them, without folders.
	Libraries []string
}

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

// FlexIDHook is libdhcp_flex_id: an identifier made by an expression.
type FlexIDHook struct {
	Identifier classify.Text
	// ReplaceClientID: the identifier stands in for the client's own.
	ReplaceClientID bool
}

// commandLibraries only add commands.
var commandLibraries = map[string]bool{
	"libdhcp_stat_cmds.so": true, "libdhcp_host_cmds.so": true,
	"libdhcp_subnet_cmds.so": true, "libdhcp_class_cmds.so": true,
}

func (b *builder) hooks(source *keaconf.DHCP4) error {
	for _, h := range source.HooksLibraries {
		name := path.Base(h.Library)
		var err error
		switch {
		case name == "libdhcp_flex_option.so":
			err = b.flexOptions(h.Parameters)
		case name == "libdhcp_flex_id.so":
			err = b.flexID(h.Parameters)
		case name == "libdhcp_bootp.so":
			b.config.Hooks.BOOTP = true
		case name == "libdhcp_legal_log.so":
			b.config.Hooks.Legal, err = b.legalLog(h.Parameters, source)
		case name == "libdhcp_ddns_tuning.so":
			err = b.tuning(h.Parameters, source)
		case name == "libdhcp_ping_check.so":
			err = b.pingCheck(h.Parameters, source)
		case name == limitsLibrary:
			b.config.Hooks.Limits = true
			if len(h.Parameters) > 0 {
				err = errors.New("it takes no parameters")
			} else {
				err = b.limits(source)
			}
		case name == "libdhcp_run_script.so":
			b.config.Hooks.Script, err = runScript(h.Parameters)
		case name == "libdhcp_lease_cmds.so":
			err = b.variables(h.Parameters)
		case commandLibraries[name]:
			// Its commands are there where it is.
		default:
			err = errors.New("keasrv does not have it")
		}
		if err != nil {
			return fmt.Errorf("hook library %s: %w", name, err)
		}
		b.config.Hooks.Libraries = append(b.config.Hooks.Libraries, name)
	}
	return nil
}

// parameters reads the free-form parameters of a hook.
type parameters keaconf.Object

func (p parameters) get(key string) any {
	value, _ := keaconf.Object(p).Get(key)
	return value
}

func (p parameters) text(key string) string {
	s, _ := p.get(key).(string)
	return s
}

func (p parameters) truth(key string, otherwise bool) bool {
	if v, ok := p.get(key).(bool); ok {
		return v
	}
	return otherwise
}

// list returns the objects of a list.
func (p parameters) list(key string) []parameters {
	items, _ := p.get(key).([]any)
	var out []parameters
	for _, item := range items {
		if o, ok := item.(keaconf.Object); ok {
			out = append(out, parameters(o))
		}
	}
	return out
}

func (b *builder) flexOptions(object keaconf.Object) error {
	actions := parameters(object).list("options")
	if len(actions) == 0 {
		return errors.New("the parameter options is missing")
	}
	for _, p := range actions {
		a, err := b.flexOption(p, space4)
		if err != nil {
			return err
		}
		b.config.Hooks.FlexOptions = append(b.config.Hooks.FlexOptions, a)
	}
	return nil
}

func (b *builder) flexOption(p parameters, space string) (out FlexOption, err error) {
	out.Class = -1
	if s := p.text("space"); s != "" {
		space = s
	}
	var def option.KeaDef
	known := false
	if code, ok := integer(p.get("code")); ok {
		if code < 1 || code > 254 {
			return out, fmt.Errorf("option code %d is not possible", code)
		}
		out.Code = uint8(code)
		def, known = b.definitions.byCode(space, uint32(code))
	} else {
		name := p.text("name")
		if def, known = b.definitions.byName(space, name); !known {
			return out, fmt.Errorf("option %q is not known in the space %q", name, space)
		}
		out.Code = uint8(def.Code)
	}
	if class := p.text("client-class"); class != "" {
		out.Class = b.config.Names.ID(class)
	}
	if p.truth("csv-format", false) {
		if !known {
			return out, fmt.Errorf("option %d has no definition, which csv-format needs", out.Code)
		}
		out.Def = &def
	}
	out.ContainerAdd, out.ContainerRemove = p.truth("container-add", true), p.truth("container-remove", true)
	for _, sub := range p.list("sub-options") {
		inner := strings.TrimSpace(def.Encapsulate)
		a, err := b.flexOption(sub, inner)
		if err != nil {
			return out, fmt.Errorf("option %d: %w", out.Code, err)
		}
		out.Sub = append(out.Sub, a)
	}
	given := 0
	for key, target := range map[string]*classify.Text{"add": &out.Add, "supersede": &out.Supersede} {
		if text := p.text(key); text != "" {
			given++
			if *target, err = b.text(text); err != nil {
				return out, fmt.Errorf("option %d: %s: %w", out.Code, key, err)
			}
		}
	}
	if text := p.text("remove"); text != "" {
		given++
		if out.Remove, err = b.test(text); err != nil {
			return out, fmt.Errorf("option %d: remove: %w", out.Code, err)
		}
	}
	if given != 1 && len(out.Sub) == 0 {
		return out, fmt.Errorf("option %d needs one of add, supersede and remove", out.Code)
	}
	return out, nil
}

func integer(v any) (int64, bool) {
	switch v := v.(type) {
	case int64:
		return v, true
	case int:
		return int64(v), true
	case uint32:
		return int64(v), true
	case float64:
		return int64(v), v == float64(int64(v))
	}
	return 0, false
}

func (b *builder) flexID(object keaconf.Object) (err error) {
	p := parameters(object)
	id := &FlexIDHook{ReplaceClientID: p.truth("replace-client-id", false)}
	if id.Identifier, err = b.text(p.text("identifier-expression")); err != nil {
		return fmt.Errorf("identifier-expression: %w", err)
	}
	b.config.Hooks.FlexID = id
	return nil
}

// text compiles an expression that gives a string.
func (b *builder) text(expression string) (classify.Text, error) {
	e, err := keaexpr.Parse(expression, b.rules(true))
	if err != nil {
		return nil, err
	}
	return b.compiler().Text(e)
}

// test compiles an expression that gives a truth value.
func (b *builder) test(expression string) (classify.Test, error) {
	e, err := keaexpr.Parse(expression, b.rules(false))
	if err != nil {
		return nil, err
	}
	return b.compiler().Test(e)
}

func (b *builder) rules(text bool) keaexpr.Rules {
	return keaexpr.Rules{Family: option.V4, Version: dialect, Option: b.code, String: text}
}

func (b *builder) compiler() *classify.Compiler {
	return &classify.Compiler{Names: b.config.Names, Code: b.code,
		Definition: func(code uint32) (option.KeaDef, bool) { return b.definitions.byCode(space4, code) }}
}

func (b *builder) code(name string) (uint32, bool) {
	d, ok := b.definitions.byName(space4, name)
	return d.Code, ok
}

// runScript reads which script libdhcp_run_script runs.
func runScript(object keaconf.Object) (string, error) {
	p := parameters(object)
	name := p.text("name")
	if name == "" {
		return "", errors.New("the parameter name is missing")
	}
	if p.truth("sync", false) {
		return "", errors.New("'sync' parameter: enabling synchronous calls to external scripts is not supported yet")
	}
	return name, nil
}
