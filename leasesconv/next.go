package leasesconv

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Next says what an import has written and what is left to do, for people.
func (j *Job) Next(o *Outcome) (string, error) {
	var b strings.Builder
	if o.Declarations > 0 {
		fmt.Fprintf(&b, "\nDeclarations of hosts, classes and the like, which OMAPI has made: %d. They are configuration: keamigrate convert --leases %s takes them over.\n",
			o.Declarations, j.Files[0])
	}
	if o.ServerDUID != nil && o.NoServerID {
		fmt.Fprintf(&b, "\nThe configuration does not have dhcpd's DUID (server-id), by which clients renew: keamigrate convert --leases %s takes it over.\n", j.Files[0])
	}
	if j.Dry {
		b.WriteString("\nNothing was written (--dry-run).\n")
		return b.String(), nil
	}
	fmt.Fprintf(&b, "\nWritten to %s: %d leases new, %d replaced, %d unchanged", j.To, o.Added, o.Replaced, o.Unchanged)
	if o.Kept > 0 {
		fmt.Fprintf(&b, "; %d of other addresses kept", o.Kept)
	}
	if o.Removed > 0 {
		fmt.Fprintf(&b, "; %d of other addresses taken away", o.Removed)
	}
	b.WriteString(".\n")
	if j.To.File != "" {
		text, err := access(j.To.File)
		if err != nil {
			return b.String(), err
		}
		b.WriteString(text)
	}
	return b.String(), nil
}

// access says who may read and write a lease file. Kea's user has to.
func access(name string) (string, error) {
	info, err := os.Stat(name)
	if err != nil {
		return "", err
	}
	folder, err := os.Stat(filepath.Dir(name))
	if err != nil {
		return "", err
	}
	owner, wanted := ownerOf(info), ownerOf(folder)
	text := fmt.Sprintf("Owner and mode: %s, %04o.", owner, info.Mode().Perm())
	if owner == wanted {
		return text + " Kea's user has to be able to write there.\n", nil
	}
	return text + fmt.Sprintf(" The folder belongs to %s; if that is Kea's user: chown %s %s\n", wanted, wanted, name), nil
}

// ownerOf is the owner and group of a file as chown takes them.
func ownerOf(info fs.FileInfo) string {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return "unknown"
	}
	uid, gid := strconv.Itoa(int(stat.Uid)), strconv.Itoa(int(stat.Gid))
	if u, err := user.LookupId(uid); err == nil {
		uid = u.Username
	} else if !errors.As(err, new(user.UnknownUserIdError)) {
		return uid + ":" + gid
	}
	if g, err := user.LookupGroupId(gid); err == nil {
		gid = g.Name
	}
	return uid + ":" + gid
}
