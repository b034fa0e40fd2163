package main

import (
	"io"
	"os"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progress shows on a terminal how far long work has come.
type progress struct {
	bar *progressbar.ProgressBar // nil where there is no terminal
}

func newProgress(w io.Writer, what string) *progress {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return &progress{}
	}
	return &progress{progressbar.NewOptions64(-1, progressbar.OptionSetWriter(w), progressbar.OptionSetDescription(what),
		progressbar.OptionShowBytes(true), progressbar.OptionClearOnFinish(), progressbar.OptionFullWidth())}
}

// update shows that so many of all bytes are done.
func (p *progress) update(done, all int64) {
	if p.bar == nil {
		return
	}
	if p.bar.GetMax64() != all {
		p.bar.ChangeMax64(all)
	}
	p.bar.Set64(done) // an error of the terminal is no reason to stop
}

func (p *progress) finish() {
	if p.bar != nil {
		p.bar.Finish()
	}
}
