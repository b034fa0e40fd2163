package main

import (
	"errors"
	"io"
	"os"

	"golang.org/x/term"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/translator/conversion"
)

// appearance says whether a stream takes colours, and how wide it is (0: not
// known). Colours are for terminals only, and not wanted when NO_COLOR is set
// (no-color.org).
func appearance(w io.Writer) (color bool, width int) {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return false, 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		width = 0
	}
	return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb", width
}

// explain writes the diagnostics that belong to an error, and returns it.
func (t terminal) explain(err error) error {
	var syntax *conversion.SyntaxError
	if !errors.As(err, &syntax) {
		return err
	}
	color, width := appearance(t.err)
	render := dhcpdconf.Renderer{Width: width, Color: color, Redact: syntax.Redact}
	var out []byte
	for _, d := range syntax.Diagnostics {
		out = render.Diagnostic(out, d)
	}
	_, writeErr := t.err.Write(out)
	return errors.Join(err, writeErr)
}
