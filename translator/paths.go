package translator

import (
	"path"

	"github.com/keamigrate/keamigrate/parser/keaversion"
)

// layout returns the layout asked for; what it leaves empty is completed for
// versions before 3.0 with the directories that packages use (on amd64). From
// 3.0 on Kea completes plain file names itself, with the only directories that
// it allows.
func (t *translation) layout() Layout {
	l := t.opts.Layout
	if t.opts.Target >= keaversion.V3_0 {
		return l
	}
	for _, dir := range []struct {
		have     *string
		packaged string
	}{
		{&l.DataDir, "/var/lib/kea"}, {&l.RunDir, "/run/kea"}, {&l.LogDir, "/var/log/kea"},
		{&l.HooksDir, "/usr/lib/x86_64-linux-gnu/kea/hooks"},
	} {
		if *dir.have == "" {
			*dir.have = dir.packaged
		}
	}
	return l
}

// hookLibrary names a hook library the way the target version wants it: 2.2
// demands a path, later versions complete a plain name.
func (t *translation) hookLibrary(file string) string {
	if t.opts.Target >= keaversion.V2_6 && t.opts.Layout.HooksDir == "" {
		return file
	}
	return path.Join(t.layout().HooksDir, file)
}
