package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/keamigrate/keamigrate/verify/oracle"
)

// TestInputs: dhcpd takes what is measured, and it is as large as it says.
func TestInputs(t *testing.T) {
	dhcpd := oracle.Dhcpd(t)
	for _, in := range inputs {
		t.Run(in.name, func(t *testing.T) {
			if in.name == "100 MB" {
				t.Skip("the same as 10 MB, but minutes for dhcpd")
			}
			file := filepath.Join(t.TempDir(), "dhcpd.conf")
			if err := in.create(file); err != nil {
				t.Fatal(err)
			}
			ok, out, err := dhcpd.CheckDhcpd(t.Context(), file, false)
			if err != nil || !ok {
				t.Errorf("ok = %v, error %v:\n%s", ok, err, out)
			}
			if st, err := os.Stat(file); err != nil || (in.name == "10 MB" && (st.Size() < 10e6 || st.Size() > 11e6)) {
				t.Errorf("size %d, error %v", st.Size(), err)
			}
		})
	}
}

func TestMeasure(t *testing.T) {
	success := func(status int) bool { return status == 0 }
	c, err := measure(t.Context(), exec.Command("true"), success)
	if err != nil || c.wall <= 0 || c.memory <= 0 {
		t.Errorf("%+v, error %v", c, err)
	}
	if _, err := measure(t.Context(), exec.Command("false"), success); err == nil {
		t.Error("a failure gives no error")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := measure(ctx, exec.CommandContext(ctx, "tail", "-f", os.DevNull), success); !errors.Is(err, errTimeLimit) {
		t.Errorf("error %v", err)
	}
}

func TestMedian(t *testing.T) {
	got := median([]cost{{3, 7, 30}, {1, 9, 50}, {2, 8, 10}})
	if want := (cost{2, 8, 30}); got != want {
		t.Errorf("%v, want %v", got, want)
	}
}
