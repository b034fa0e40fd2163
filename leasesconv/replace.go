package leasesconv

import (
	"errors"
	"io"
	"io/fs"

	"github.com/keamigrate/keamigrate/server/store/wholefile"
)

// replaceFile writes a file in one step. A new file gets the mode.
func replaceFile(name string, mode fs.FileMode, write func(io.Writer) error) error {
	f, err := wholefile.New(name)
	if err != nil {
		return err
	}
	if err = write(f); err == nil {
		err = f.Seal(mode)
	}
	if err == nil {
		err = f.Replace()
	}
	return errors.Join(err, f.Abort())
}
