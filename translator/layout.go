package translator

import (
	"fmt"
	"path/filepath"
)

// ParseLayout returns where a system keeps Kea's files: "debian" and "rhel" are
// the places of the packages of Debian and its derivatives (on amd64) and of
// Red Hat and its derivatives; a path is the prefix of a Kea built with
// --prefix (its own layout below it). An empty name gives the zero Layout, the
// default paths of the target version.
func ParseLayout(name string) (Layout, error) {
	packaged := Layout{
		DataDir: "/var/lib/kea", RunDir: "/run/kea", LogDir: "/var/log/kea",
		ScriptsDir: "/usr/share/kea/scripts", ConfDir: "/etc/kea",
	}
	switch {
	case name == "":
		return Layout{}, nil
	case name == "debian":
		packaged.HooksDir = "/usr/lib/x86_64-linux-gnu/kea/hooks"
		return packaged, nil
	case name == "rhel":
		packaged.HooksDir = "/usr/lib64/kea/hooks"
		return packaged, nil
	case filepath.IsAbs(name):
		return Layout{
			DataDir:    filepath.Join(name, "var/lib/kea"),
			RunDir:     filepath.Join(name, "var/run/kea"),
			LogDir:     filepath.Join(name, "var/log/kea"),
			HooksDir:   filepath.Join(name, "lib/kea/hooks"),
			ScriptsDir: filepath.Join(name, "share/kea/scripts"),
			ConfDir:    filepath.Join(name, "etc/kea"),
		}, nil
	}
	return Layout{}, fmt.Errorf("layout %q is not known: use debian, rhel, or the absolute path of Kea's prefix", name)
}
