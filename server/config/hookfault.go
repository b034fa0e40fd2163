package config

import (
	"encoding/json"
	"fmt"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/server/control"
)

// HookFault is what is wrong with a hook library, in Kea's words where keasrv has the
// library.
type HookFault struct {
	Library string // without a folder
	// Message is the identifier of the message that Kea logs; empty: that of the library.
	Message string
	Err     error
	// Late: the library is loaded, and finds something wrong in the configuration.
	Late bool
	// Unknown: keasrv does not have the library.
	Unknown bool
}

func (f *HookFault) Error() string { return fmt.Sprintf("hook library %s: %v", f.Library, f.Err) }

func (f *HookFault) Unwrap() error { return f.Err }

// shown is a parameter of a hook as Kea shows it.
func shown(value any) string {
	var plain func(any) any
	plain = func(value any) any {
		switch v := value.(type) {
		case keaconf.Object:
			m := map[string]any{}
			for _, one := range v {
				m[one.Key] = plain(one.Value)
			}
			return m
		case parameters:
			return plain(keaconf.Object(v))
		case []any:
			list := make([]any, len(v))
			for i := range v {
				list[i] = plain(v[i])
			}
			return list
		case []string:
			list := make([]any, len(v))
			for i := range v {
				list[i] = v[i]
			}
			return list
		case map[string]any, string, bool, nil, int, int64, uint32, float64, json.Number:
			return v
		}
		return fmt.Sprint(value)
	}
	return string(control.AppendJSON(nil, plain(value)))
}

// textOf reads a parameter that is a text; ok is false if there is none.
func (p parameters) textOf(key string) (text string, ok bool, err error) {
	value, ok := keaconf.Object(p).Get(key)
	if !ok {
		return "", false, nil
	}
	if text, ok = value.(string); !ok {
		return "", false, fmt.Errorf("'%s' must be a string: %s", key, shown(value))
	}
	return text, true, nil
}

// truthOf reads a parameter that is true or false.
func (p parameters) truthOf(key string, otherwise bool) (bool, error) {
	value, ok := keaconf.Object(p).Get(key)
	if !ok {
		return otherwise, nil
	}
	truth, ok := value.(bool)
	if !ok {
		return otherwise, fmt.Errorf("'%s' must be a boolean: %s", key, shown(value))
	}
	return truth, nil
}
