package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/translator"
)

// assist converts with ISC's assistant, as its manual says.
func (s *servers) assist(ctx context.Context, text []byte, v6 bool) (result *translator.Result, err error) {
	dir, err := os.MkdirTemp("", "keamigrate-keama-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	in, out := filepath.Join(dir, "dhcpd.conf"), filepath.Join(dir, "kea.conf")
	if err := os.WriteFile(in, text, 0o644); err != nil {
		return nil, err
	}
	family := "-4"
	if v6 {
		family = "-6"
	}
	const limit = time.Minute
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	// Its exit status is the number of its complaints.
	output, runErr := s.keama.Command(ctx, family, "-N", "-i", in, "-o", out).CombinedOutput()
	converted, err := os.ReadFile(out)
	if err != nil {
		return nil, fmt.Errorf("keama writes nothing: %w: %s", errors.Join(runErr, err), output)
	}
	root, faults := keaconf.Parse("kea.conf", converted, nil)
	for _, f := range faults {
		if f.Severity == keaconf.Error {
			return nil, fmt.Errorf("keama's result: %s", f.Message)
		}
	}
	conf, _ := keaconf.Decode(root)
	result = &translator.Result{Report: &translator.Report{}}
	switch c := conf.(type) {
	case *keaconf.DHCP4:
		result.DHCP4 = c
	case *keaconf.DHCP6:
		result.DHCP6 = c
	default:
		return nil, errors.New("keama's result is for no DHCP server")
	}
	return result, nil
}
