package database

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/verify/oracle"
)

// Init makes an empty database and runs kea-admin db-init of a version of Kea on
// it. The error is an oracle.MissingError when that is not installed.
func (s *Server) Init(ctx context.Context, database string, v keaversion.Version) error {
	root, err := oracle.AdminRoot(v)
	if err != nil {
		return err
	}
	if err := s.Create(ctx, database); err != nil {
		return err
	}
	admin, err := s.admin(root)
	if err != nil {
		return err
	}
	args := []string{"/bin/sh", admin, "db-init", "pgsql", "-h", s.Sockets, "-u", "postgres", "-p", "none", "-n", database}
	if s.Engine == MySQL {
		args = []string{"/bin/sh", admin, "db-init", "mysql", "-h", "localhost", "-u", "root", "-p", "", "-n", database,
			"-x", "--socket=" + filepath.Join(s.Sockets, "mysqld.sock")}
	}
	cmd := s.command(ctx, args)
	cmd.SysProcAttr.Credential = nil // the unpacked scripts are in this user's folder
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("kea-admin db-init: %w\n%s", err, out)
	}
	return nil
}

// admin makes a copy of kea-admin that takes the scripts of its own version: it
// has the prefix /usr in it, and so an unpacked one would take the system's.
func (s *Server) admin(root string) (string, error) {
	text, err := os.ReadFile(filepath.Join(root, "/usr/sbin/kea-admin"))
	if err != nil {
		return "", err
	}
	lines := strings.Split(string(text), "\n")
	found := false
	for i, line := range lines {
		if value, ok := strings.CutPrefix(line, "prefix="); ok && strings.Trim(value, `"`) == "/usr" {
			lines[i], found = "prefix="+filepath.Join(root, "/usr"), true
		}
	}
	if !found {
		return "", fmt.Errorf("%s has no line prefix=/usr", filepath.Join(root, "/usr/sbin/kea-admin"))
	}
	name := filepath.Join(s.dir, "kea-admin")
	return name, os.WriteFile(name, []byte(strings.Join(lines, "\n")), 0o755)
}
