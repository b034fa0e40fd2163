package oracle

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// BuildKeasrv builds keasrv into a folder, as kea-dhcp4 in a root directory of its
// own: under that name it takes Kea's place. It needs the go command.
func BuildKeasrv(folder string) (*Program, error) { return BuildAsKea(folder, "keasrv", "cmd/keasrv") }

// BuildAsKea builds a command of this module as BuildKeasrv does. The name stands
// where programs have their version.
func BuildAsKea(folder, name, command string) (*Program, error) {
	path := filepath.Join(folder, "usr", "sbin", "kea-dhcp4")
	var err error
	for _, dir := range []string{"sbin", "bin", "lib", "lib64", "share/kea/scripts"} {
		err = errors.Join(err, os.MkdirAll(filepath.Join(folder, "usr", dir), 0o755))
	}
	if err != nil {
		return nil, err
	}
	build := exec.Command("go", "build", "-o", path, "github.com/keamigrate/keamigrate/"+command)
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // nothing else is in that directory
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building %s: %w\n%s", name, err, out)
	}
	return &Program{Name: "kea-dhcp4", Version: name, root: folder, path: path, batches: true}, nil
}
