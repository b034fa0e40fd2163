package config

import (
	"errors"
	"fmt"
	"path"

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
			if h.Parameters != nil {
				err = fmt.Errorf("expected no parameters for %s, found %s", name, shown(h.Parameters))
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
			return &HookFault{Library: name, Err: errors.New("keasrv does not have it"), Unknown: true}
		}
		if err != nil {
			if f, ok := errors.AsType[*HookFault](err); ok {
				return f
			}
			return &HookFault{Library: name, Err: err}
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

func (b *builder) flexID(object keaconf.Object) error {
	fault := func(id, format string, args ...any) error {
		return &HookFault{Library: "libdhcp_flex_id.so", Message: "FLEX_ID_" + id, Err: fmt.Errorf(format, args...)}
	}
	id := &FlexIDHook{}
	value, ok := object.Get("identifier-expression")
	if !ok {
		return fault("EXPRESSION_NOT_DEFINED", "Expression (identifier-expression) is not defined.")
	}
	text, ok := value.(string)
	if !ok {
		return fault("EXPRESSION_INVALID_JSON_TYPE", "The identifier-expression is %s, but expected JSON string", kindOf(value))
	}
	if text != "" {
		var err error
		if id.Identifier, err = b.text(text); err != nil {
			return fault("EXPRESSION_PARSE_FAILED", "The identifier-expression is [%s], but fails to parse with error: %w", text, err)
		}
	}
	if value, ok := object.Get("replace-client-id"); ok {
		if id.ReplaceClientID, ok = value.(bool); !ok {
			return fault("REPLACE_CLIENT_ID_JSON_TYPE", "the replace-client-id is %s but expected boolean value", kindOf(value))
		}
	}
	if id.Identifier != nil { // an empty one makes nothing
		b.config.Hooks.FlexID = id
	}
	return nil
}

// kindOf is the kind of a parameter as Kea calls it.
func kindOf(value any) string {
	switch value.(type) {
	case string:
		return "string"
	case bool:
		return "boolean"
	case keaconf.Object:
		return "map"
	case []any, []string:
		return "list"
	case float64:
		return "real"
	case nil:
		return "null"
	}
	return "integer"
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
	value, ok := object.Get("name")
	if !ok {
		return "", &fault{text: "The 'name' parameter is mandatory"}
	}
	name, ok := value.(string)
	if !ok {
		return "", &fault{text: "The 'name' parameter must be a string"}
	}
	if name == "" {
		return "", &fault{text: "Invalid 'name' parameter: File not found: "}
	}
	if value, ok := object.Get("sync"); ok {
		if _, ok := value.(bool); !ok { // true is of no effect, as with Kea
			return "", &fault{text: "The 'sync' parameter must be a boolean"}
		}
	}
	return name, nil
}
