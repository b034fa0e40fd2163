package config

import (
	"errors"
	"fmt"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/server/classify"
)

// Tuning is libdhcp_ddns_tuning: names that expressions make.
type Tuning struct {
	Name  classify.Text // nil: names stay as they are
	Given string        // the expression for Name
	// BySubnet are those of subnets, in the place of Name; nil: names stay as they
	// are.
	BySubnet map[uint32]classify.Text
}

// At is the expression for a subnet, or nil.
func (t *Tuning) At(subnet uint32) classify.Text {
	if own, ok := t.BySubnet[subnet]; ok {
		return own
	}
	return t.Name
}

const keyHostnameExpr = "hostname-expr"

func (b *builder) tuning(object keaconf.Object, source *keaconf.DHCP4) (err error) {
	if object == nil {
		return errors.New("params must not be null")
	}
	t := &Tuning{BySubnet: map[uint32]classify.Text{}}
	if value, ok := object.Get(keyHostnameExpr); ok {
		text, ok := value.(string)
		if !ok {
			return fmt.Errorf("'%s' must be a string", keyHostnameExpr)
		}
		t.Given = text
		if text != "" {
			if t.Name, err = b.text(text); err != nil {
				return fmt.Errorf("global expression parsing failed: error parsing expression: [%s] : %w", text, err)
			}
		}
	}
	for subnet := range source.AllSubnets() {
		value, ok := subnet.UserContext.Get("ddns-tuning")
		if !ok {
			continue
		}
		own, ok := value.(keaconf.Object)
		if !ok {
			continue // as Kea does
		}
		if _, ok := own.Get(keyHostnameExpr); !ok {
			continue
		}
		var expression classify.Text
		if text := parameters(own).text(keyHostnameExpr); text != "" {
			if expression, err = b.text(text); err != nil {
				return &HookFault{Library: "libdhcp_ddns_tuning.so", Late: true, Message: "DDNS_TUNING_SUBNET_EXPRESSION_PARSE_ERROR",
					Err: &fault{text: fmt.Sprintf("An error occurred while parsing the hostname expression for subnet %[1]s, hostname expression for subnet: %[1]s parsing failed: error parsing expression: [%[2]s] : %[3]v", subnet.Subnet, text, err)}}
			}
		}
		t.BySubnet[subnet.ID] = expression
	}
	b.config.Hooks.Tuning = t
	return nil
}
