package constructs

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"golang.org/x/tools/txtar"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
)

// Read reads the samples and the inputs of the golden cases from the tree of
// this project.
func Read(tree fs.FS) ([]Conf, error) {
	var confs []Conf
	for _, set := range []struct {
		pattern  string
		protocol dhcpdconf.Protocol
	}{
		{"testdata/dhcpd-samples/*.conf", dhcpdconf.DHCP4},
		{"testdata/dhcpd-samples/v4/*.conf", dhcpdconf.DHCP4},
		{"testdata/dhcpd-samples/v6/*.conf", dhcpdconf.DHCP6},
	} {
		names, err := fs.Glob(tree, set.pattern)
		if err != nil {
			return nil, err
		}
		if len(names) == 0 {
			return nil, fmt.Errorf("no files %s", set.pattern)
		}
		for _, name := range names {
			text, err := fs.ReadFile(tree, name)
			if err != nil {
				return nil, err
			}
			confs = append(confs, Conf{path.Base(name), text, set.protocol, func(included string) ([]byte, error) {
				return fs.ReadFile(tree, path.Join(path.Dir(name), included))
			}})
		}
	}
	archives, err := fs.Glob(tree, "golden/convert/*.txtar")
	if err != nil {
		return nil, err
	}
	if len(archives) == 0 {
		return nil, errors.New("no golden cases")
	}
	for _, name := range archives {
		text, err := fs.ReadFile(tree, name)
		if err != nil {
			return nil, err
		}
		files := map[string][]byte{}
		for _, f := range txtar.Parse(text).Files {
			files[f.Name] = f.Data
		}
		for file, data := range files {
			if strings.HasPrefix(file, "dhcpd") {
				confs = append(confs, Conf{file, data, dhcpdconf.Auto, func(included string) ([]byte, error) {
					if data, ok := files[strings.TrimPrefix(included, "/")]; ok {
						return data, nil
					}
					return nil, fs.ErrNotExist
				}})
			}
		}
	}
	return confs, nil
}
