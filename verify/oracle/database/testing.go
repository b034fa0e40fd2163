package database

import (
	"errors"
	"os"
	"testing"

	"github.com/keamigrate/keamigrate/verify/oracle"
)

// ForTest starts a server for a test, which ends with it. Without the program
// the test is skipped, or fails if the environment says CI=true. Under "go test
// -short" it is always skipped.
func ForTest(t *testing.T, e Engine) *Server {
	t.Helper()
	if testing.Short() {
		t.Skip("a live test, left out by -short")
	}
	s, err := Start(t.Context(), e)
	Need(t, err)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// Need skips a test when an error says that a program is missing, or fails it if
// the environment says CI=true; any other error fails it.
func Need(t *testing.T, err error) {
	t.Helper()
	var missing *oracle.MissingError
	switch {
	case err == nil:
	case errors.As(err, &missing) && os.Getenv("CI") != "true":
		t.Skip(err)
	default:
		t.Fatal(err)
	}
}
