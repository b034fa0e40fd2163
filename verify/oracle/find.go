package oracle

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/keamigrate/keamigrate/parser/keaversion"
)

// EnvDir is the environment variable that names the folder with the unpacked
// suites.
const EnvDir = "KEAMIGRATE_ORACLES"

// ErrNotPackaged means that no Debian suite has the program, so that it can be
// missing on a complete machine too: Kea 3.2, and kea-ctrl-agent from 3.0 on.
var ErrNotPackaged = errors.New("not packaged")

// A MissingError says that a program is not installed, and what has it.
type MissingError struct {
	Program string // file name, as "kea-dhcp4"
	Package string // Debian package
	Suite   string // Debian suite
}

func (e *MissingError) Error() string {
	return fmt.Sprintf("%s is missing: package %s of Debian %s; run scripts/install-oracles.sh", e.Program, e.Package, e.Suite)
}

// A Program is one real program, ready to run.
type Program struct {
	Name    string // file name, as "kea-dhcp4"
	Version string // as the program prints it: "3.0.4", "4.4.3-P1"

	root string // the folder whose usr/ the program was found in; "" is the system
	path string // absolute path of the program on this machine
	// batches: it answers what has come at once together, after it has logged all of it.
	batches bool
}

// Dir returns the folder that holds the unpacked suites. It need not exist.
func Dir() (string, error) {
	if d := os.Getenv(EnvDir); d != "" {
		return filepath.Abs(d)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no folder for the real programs: %w; set %s", err, EnvDir)
	}
	return filepath.Join(cache, "keamigrate", "oracles"), nil
}

var (
	keaPackages = map[string]string{
		"dhcp4": "kea-dhcp4-server", "dhcp6": "kea-dhcp6-server",
		"ddns": "kea-dhcp-ddns-server", "ctrl-agent": "kea-ctrl-agent",
	}
	keaPrograms = map[string]string{
		"dhcp4": "kea-dhcp4", "dhcp6": "kea-dhcp6",
		"ddns": "kea-dhcp-ddns", "ctrl-agent": "kea-ctrl-agent",
	}
	keaSuites = map[keaversion.Version]string{
		keaversion.V2_2: "bookworm", keaversion.V2_6: "trixie", keaversion.V3_0: "forky",
	}
)

// FindKea finds a Kea daemon ("dhcp4", "dhcp6", "ddns" or "ctrl-agent") of the
// release line v. It is an error if the program's own version is of another
// line. A *MissingError or ErrNotPackaged says that it is not there.
func FindKea(v keaversion.Version, daemon string) (*Program, error) {
	name, ok := keaPrograms[daemon]
	if !ok {
		return nil, fmt.Errorf("Kea has no daemon %q: use dhcp4, dhcp6, ddns or ctrl-agent", daemon)
	}
	suite := keaSuites[v]
	if suite == "" || (daemon == "ctrl-agent" && v >= keaversion.V3_0) {
		return nil, fmt.Errorf("%s of Kea %s: %w", name, v, ErrNotPackaged)
	}
	p, err := find(name, keaPackages[daemon], suite, v == keaversion.V2_2, "-v")
	if err != nil {
		return nil, err
	}
	if got, err := keaversion.Parse(p.Version); err != nil || got != v {
		return nil, fmt.Errorf("%s is version %s, not %s as the tables of this project want", p.path, p.Version, v)
	}
	return p, nil
}

// FindDhcpd finds ISC dhcpd 4.4.3.
func FindDhcpd() (*Program, error) {
	p, err := find("dhcpd", "isc-dhcp-server", "bookworm", true, "--version")
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(p.Version, "4.4.3") {
		return nil, fmt.Errorf("%s is version %s, not 4.4.3", p.path, p.Version)
	}
	return p, nil
}

// FindKeama finds ISC's migration assistant, with which make bench compares.
func FindKeama() (*Program, error) {
	return find("keama", "isc-dhcp-keama", "trixie", true, "")
}

// FindDhcpdPools finds dhcpd-pools, a program by others that reads lease files,
// with which make bench compares.
func FindDhcpdPools() (*Program, error) {
	return find(dhcpdPools, "dhcpd-pools", "bookworm", true, "")
}

// dhcpdPools is no server, and so not among the programs for administrators.
const dhcpdPools = "dhcpd-pools"

// ExampleDir returns the folder with the example configurations of Kea's own
// documentation for the release line v (Debian package kea-doc).
func ExampleDir(v keaversion.Version) (string, error) {
	roots, err := roots(keaSuites[v], v == keaversion.V2_2)
	if err != nil {
		return "", err
	}
	for _, root := range roots {
		d := filepath.Join(root, "/usr/share/doc/kea/examples")
		if st, err := os.Stat(d); err == nil && st.IsDir() {
			return d, nil
		}
	}
	return "", &MissingError{Program: "Kea's examples", Package: "kea-doc", Suite: keaSuites[v]}
}

// AdminRoot returns the folder whose usr/ holds kea-admin of the release line v
// and the scripts that make its databases (Debian package kea-admin); "" is the
// system itself.
func AdminRoot(v keaversion.Version) (string, error) {
	if keaSuites[v] == "" {
		return "", fmt.Errorf("kea-admin of Kea %s: %w", v, ErrNotPackaged)
	}
	p, err := FindKea(v, "dhcp4")
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(filepath.Join(p.root, "/usr/sbin/kea-admin")); err != nil {
		return "", &MissingError{Program: "kea-admin", Package: "kea-admin", Suite: keaSuites[v]}
	}
	return p.root, nil
}

// roots lists where the programs of a suite can be: the unpacked suite, and
// before it the system itself if the suite may be the system's own.
func roots(suite string, system bool) ([]string, error) {
	dir, err := Dir()
	if err != nil {
		return nil, err
	}
	if system {
		return []string{"", filepath.Join(dir, suite)}, nil
	}
	return []string{filepath.Join(dir, suite)}, nil
}

func find(name, pkg, suite string, system bool, versionFlag string) (*Program, error) {
	roots, err := roots(suite, system)
	if err != nil {
		return nil, err
	}
	var wrong error
	for _, root := range roots {
		p := &Program{Name: name, root: root, path: filepath.Join(root, "/usr/sbin", name)}
		if name == dhcpdPools {
			p.path = filepath.Join(root, "/usr/bin", name)
		}
		if st, err := os.Stat(p.path); err != nil || st.IsDir() {
			continue
		}
		if versionFlag == "" {
			return p, nil
		}
		p.Version, err = p.askVersion(versionFlag)
		if err != nil {
			return nil, err
		}
		// A later Debian has a later Kea in the system's place; the suite
		// asked for may still be in the cache folder.
		if root == "" && strings.HasPrefix(name, "kea-") && !strings.HasPrefix(p.Version, "2.2.") {
			wrong = fmt.Errorf("%s is version %s", p.path, p.Version)
			continue
		}
		return p, nil
	}
	missing := &MissingError{Program: name, Package: pkg, Suite: suite}
	if wrong != nil {
		return nil, fmt.Errorf("%w (%w)", missing, wrong)
	}
	return nil, missing
}

var versionNumber = regexp.MustCompile(`\d+\.\d+\.\d+(-P\d+)?`)

func (p *Program) askVersion(flag string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	out, err := p.Command(ctx, flag).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s", p.path, flag, err, out)
	}
	v := versionNumber.Find(out)
	if v == nil {
		return "", fmt.Errorf("%s %s prints no version: %s", p.path, flag, out)
	}
	return string(v), nil
}

// Command returns a command that runs the program directly on this system, for
// programs that need no paths of their own (dhcpd -t, keama). An unpacked
// program runs with the loader and the libraries of its suite.
func (p *Program) Command(ctx context.Context, args ...string) *exec.Cmd {
	if p.root == "" {
		return exec.CommandContext(ctx, p.path, args...)
	}
	var loader string
	for _, pattern := range []string{"usr/lib64/ld-linux-*.so.*", "usr/lib/ld-linux-*.so.*"} {
		if m, _ := filepath.Glob(filepath.Join(p.root, pattern)); len(m) > 0 {
			loader = m[0]
			break
		}
	}
	libs, _ := filepath.Glob(filepath.Join(p.root, "usr/lib/*-linux-gnu*"))
	args = append([]string{"--library-path", strings.Join(libs, ":"), p.path}, args...)
	return exec.CommandContext(ctx, loader, args...)
}

// At takes the dhcpd or Kea daemon at a path, whatever its version. It has to be in the
// folder usr/sbin of the system or of an unpacked one, since it runs with the libraries
// beside it.
func At(path string) (*Program, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	name := filepath.Base(path)
	root, ok := strings.CutSuffix(path, filepath.Join("/usr/sbin", name))
	if !ok {
		return nil, fmt.Errorf("%s is not in a folder usr/sbin", path)
	}
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	flag := "-v"
	if name == "dhcpd" {
		flag = "--version"
	} else if startedMessages[name] == "" {
		return nil, fmt.Errorf("%s is neither dhcpd nor a daemon of Kea", path)
	}
	p := &Program{Name: name, root: root, path: path}
	p.Version, err = p.askVersion(flag)
	return p, err
}
