package cutover

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
)

// A Source is one configuration of dhcpd that was found.
type Source struct {
	Name string
	Text []byte
	V6   bool
}

// ErrNone means that a folder has no configuration of dhcpd.
var ErrNone = errors.New("no dhcpd.conf")

// Find finds the configurations of dhcpd in a folder, one for each protocol, or takes
// the file that is named. Of several for one protocol it takes dhcpd.conf (dhcpd6.conf
// for DHCPv6), and says so if there is none of that name. Files that others include are
// no configurations of their own.
func Find(ctx context.Context, name, root string) ([]Source, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	files := []string{name}
	if info.IsDir() {
		if files, err = filepath.Glob(filepath.Join(name, "*.conf")); err != nil {
			return nil, err
		}
	}
	var found []Source
	included := map[string]bool{}
	for _, file := range files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		text, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrPermission) {
			return nil, fmt.Errorf("%s: permission denied: run as a user who may read it", file)
		}
		if err != nil {
			return nil, err
		}
		parsed, _ := dhcpdconf.Parse(file, text, dhcpdconf.Options{Root: root})
		subnets := false
		for st := range dhcpdconf.Preorder(parsed) {
			switch st := st.(type) {
			case *dhcpdconf.Subnet, *dhcpdconf.Subnet6:
				subnets = true
			case *dhcpdconf.Include:
				if st.Source != nil {
					included[absolute(st.Source.Name)] = true
				}
			}
		}
		if subnets || !info.IsDir() {
			found = append(found, Source{file, text, parsed.Protocol == dhcpdconf.DHCP6})
		}
	}
	found = slices.DeleteFunc(found, func(s Source) bool { return included[absolute(s.Name)] })
	var out []Source
	for _, v6 := range []bool{false, true} {
		s, err := choose(found, v6)
		if err != nil {
			return nil, err
		}
		out = append(out, s...)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%w in %s: no file *.conf there declares a subnet", ErrNone, name)
	}
	return out, nil
}

func absolute(name string) string {
	if a, err := filepath.Abs(name); err == nil {
		return a
	}
	return name
}

// choose takes one of the configurations for a protocol.
func choose(found []Source, v6 bool) ([]Source, error) {
	usual := "dhcpd.conf"
	if v6 {
		usual = "dhcpd6.conf"
	}
	var list []Source
	for _, s := range found {
		if s.V6 != v6 {
			continue
		}
		if filepath.Base(s.Name) == usual {
			return []Source{s}, nil
		}
		list = append(list, s)
	}
	if len(list) > 1 {
		var names []string
		for _, s := range list {
			names = append(names, s.Name)
		}
		return nil, fmt.Errorf("which one? None is called %s, and these declare subnets of its protocol: %s; name the file", usual, strings.Join(names, ", "))
	}
	return list, nil
}

// leaseFolders are where packages keep dhcpd's leases.
var leaseFolders = []string{"/var/lib/dhcp", "/var/lib/dhcpd", "/var/db"}

// FindLeases finds the lease file of dhcpd that belongs to a configuration: beside it,
// or, when the configuration is in /etc, in the usual place; below root, if there is
// one. It is "" when there is none.
func FindLeases(source Source, root string) string {
	name := "dhcpd.leases"
	if source.V6 {
		name = "dhcpd6.leases"
	}
	folders := []string{filepath.Dir(source.Name)}
	if root != "" || strings.HasPrefix(absolute(source.Name), "/etc/") {
		for _, f := range leaseFolders {
			folders = append(folders, filepath.Join("/", root, f))
		}
	}
	if root != "" && !filepath.IsAbs(root) {
		for i, f := range leaseFolders {
			folders[1+i] = filepath.Join(root, f)
		}
	}
	for _, f := range folders {
		if info, err := os.Stat(filepath.Join(f, name)); err == nil && info.Mode().IsRegular() {
			return filepath.Join(f, name)
		}
	}
	return ""
}
