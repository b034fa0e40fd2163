package memfile

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// likeOld gives the new file the mode and, where that is allowed, the owner of
// the old one.
func (b *bulk[L]) likeOld() error {
	info, err := os.Stat(b.name)
	if errors.Is(err, fs.ErrNotExist) {
		return b.out.Chmod(cmp.Or(b.opts.Mode, 0o640))
	}
	if err != nil {
		return err
	}
	if owner, ok := info.Sys().(*syscall.Stat_t); ok {
		if err := b.out.Chown(int(owner.Uid), int(owner.Gid)); err != nil && !errors.Is(err, fs.ErrPermission) {
			return err
		}
	}
	return b.out.Chmod(info.Mode().Perm())
}
