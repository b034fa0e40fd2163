package main

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/keamigrate/keamigrate/parser/keaversion"
	"github.com/keamigrate/keamigrate/verify/oracle"
	"github.com/keamigrate/keamigrate/verify/realfiles"
)

const samples = "../../testdata/dhcpd-samples"

// planted is what every secret in the samples contains, as it stands there
// (base64) and decoded.
var planted = []string{"UExBTlRFRC", "PLANTED-"}

// TestSamples converts every sample for every Kea with the real command: Kea has
// to take the result and start with it, the accounts have to add up, and no
// secret may get out.
func TestSamples(t *testing.T) {
	runners := map[keaversion.Version]*runner{}
	for _, v := range []keaversion.Version{keaversion.V2_2, keaversion.V2_6, keaversion.V3_0} {
		runners[v] = &runner{version: v, resolve: "invented", kea4: oracle.Kea(t, v, "dhcp4"), kea6: oracle.Kea(t, v, "dhcp6")}
	}
	binary := filepath.Join(t.TempDir(), "keamigrate")
	if out, err := exec.Command("go", "build", "-o", binary, "../../cmd/keamigrate").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, pattern := range []string{"*.conf", "v4/*.conf", "v6/*.conf"} {
		files, err := filepath.Glob(filepath.Join(samples, pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, error %v", pattern, len(files), err)
		}
		for _, file := range files {
			for v, r := range runners {
				r.keamigrate = binary
				name := strings.TrimPrefix(file, samples+"/")
				t.Run(name+"-"+v.String(), func(t *testing.T) {
					t.Parallel()
					convertSample(t, r, realfiles.Entry{Name: name, V6: strings.HasPrefix(name, "v6/")}, file)
				})
			}
		}
	}
}

func convertSample(t *testing.T, r *runner, e realfiles.Entry, file string) {
	dir := t.TempDir()
	cwd := filepath.Join(dir, "cwd")
	if err := os.CopyFS(cwd, os.DirFS(filepath.Dir(file))); err != nil {
		t.Fatal(err)
	}
	c, err := r.convert(t.Context(), e, dir, filepath.Join(cwd, filepath.Base(file)))
	if err != nil {
		t.Fatal(err)
	}
	if !c.ok() || c.accounts != "" {
		t.Errorf("crash %q, nothing written %q, -t %q, -T %q, start %q, accounts %q",
			c.crash, c.nothing, c.check, c.hooks, c.start, c.accounts)
	}
	if s := leak([]byte(c.output)); s != "" {
		t.Errorf("the command prints the secret %s", s)
	}
	out := filepath.Join(dir, "kea-"+r.version.String())
	err = filepath.WalkDir(out, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		secret := leak(text)
		if secret == "" {
			return nil
		}
		// The configuration of the DNS updates needs its keys, and only it.
		if filepath.Base(name) != "kea-dhcp-ddns.conf" {
			t.Errorf("%s holds the secret %s", filepath.Base(name), secret)
		} else if st, err := d.Info(); err != nil || st.Mode().Perm()&0o007 != 0 {
			t.Errorf("%s holds a secret and has the mode %v, error %v", filepath.Base(name), st.Mode(), err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func leak(text []byte) string {
	for _, s := range planted {
		if bytes.Contains(text, []byte(s)) {
			return s
		}
	}
	return ""
}
