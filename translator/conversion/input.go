package conversion

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// StdinName is what standard input is called in messages.
const StdinName = "<stdin>"

// maxInput is the largest file that can be read: spans hold 32-bit offsets.
const maxInput = 1<<32 - 2

// ReadInput reads a configuration; "-" is stdin. It returns the name for
// messages. Its errors say in one line what is wrong with the file and what to
// do: one that cannot be read, a directory, an empty file, one that is no text.
func ReadInput(name string, stdin io.Reader) (string, []byte, error) {
	if name == "-" {
		text, err := io.ReadAll(io.LimitReader(stdin, maxInput+1))
		if err != nil {
			return StdinName, nil, fmt.Errorf("standard input: %w", err)
		}
		return StdinName, text, checkInput(StdinName, text)
	}
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return name, nil, fmt.Errorf("%s: there is no such file", name)
	case err != nil:
		return name, nil, readError(name, err)
	case info.IsDir():
		return name, nil, fmt.Errorf("%s is a directory: name the file, such as %s", name, filepath.Join(name, "dhcpd.conf"))
	case info.Size() > maxInput:
		return name, nil, fmt.Errorf("%s: files of 4 GiB and more cannot be read", name)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return name, nil, readError(name, err)
	}
	return name, text, checkInput(name, text)
}

func readError(name string, err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("%s: permission denied: run as a user who may read it", name)
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return fmt.Errorf("%s cannot be read: %w", name, err)
}

func checkInput(name string, text []byte) error {
	if len(text) > maxInput {
		return fmt.Errorf("%s: files of 4 GiB and more cannot be read", name)
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return fmt.Errorf("%s is empty: there is nothing to read in it", name)
	}
	if bytes.HasPrefix(text, []byte("\xff\xfe")) || bytes.HasPrefix(text, []byte("\xfe\xff")) {
		return fmt.Errorf("%s is UTF-16: make it UTF-8 first (iconv -f UTF-16 -t UTF-8)", name)
	}
	if i := bytes.IndexByte(text, 0); i >= 0 {
		return fmt.Errorf("%s is no text: there is a zero byte at offset %d", name, i)
	}
	return nil
}
