package memfile

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// likeOld gives the new file the mode and owner of the old one. Where there is
// none the owner is that of the folder, which is Kea's user: Kea has to write to
// both. Only root can give a file away.
func (b *bulk[L]) likeOld() error {
	mode := cmp.Or(b.opts.Mode, 0o640)
	info, err := os.Stat(b.name)
	switch {
	case err == nil:
		mode = info.Mode().Perm()
	case errors.Is(err, fs.ErrNotExist):
		info, err = os.Stat(filepath.Dir(b.name))
	}
	if err != nil {
		return err
	}
	if owner, ok := info.Sys().(*syscall.Stat_t); ok {
		if err := b.out.Chown(int(owner.Uid), int(owner.Gid)); err != nil && !errors.Is(err, fs.ErrPermission) {
			return err
		}
	}
	return b.out.Chmod(mode)
}
