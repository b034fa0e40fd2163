package config

import (
	"errors"
	"fmt"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/server/classify"
)

// Tuning is libdhcp_ddns_tuning: names that expressions make.
type Tuning struct {
	Name classify.Text // nil: names stay as they are
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
	t := &Tuning{BySubnet: map[uint32]classify.Text{}}
	if text := parameters(object).text(keyHostnameExpr); text != "" {
		if t.Name, err = b.text(text); err != nil {
			return fmt.Errorf("%s: %w", keyHostnameExpr, err)
		}
	}
	for subnet := range source.AllSubnets() {
		value, ok := subnet.UserContext.Get("ddns-tuning")
		if !ok {
			continue
		}
		own, ok := value.(keaconf.Object)
		if !ok {
			return fmt.Errorf("subnet %s: %w", subnet.Subnet, errors.New("'ddns-tuning' is no map"))
		}
		if _, ok := own.Get(keyHostnameExpr); !ok {
			continue
		}
		var expression classify.Text
		if text := parameters(own).text(keyHostnameExpr); text != "" {
			if expression, err = b.text(text); err != nil {
				return fmt.Errorf("subnet %s: %s: %w", subnet.Subnet, keyHostnameExpr, err)
			}
		}
		t.BySubnet[subnet.ID] = expression
	}
	b.config.Hooks.Tuning = t
	return nil
}
