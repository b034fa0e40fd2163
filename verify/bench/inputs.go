package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
)

// An input is a generated dhcpd.conf.
type input struct {
	name  string
	write func(w io.Writer) error
	keama bool // whether keama is measured too
}

var inputs = []input{
	{"100,000 hosts", func(w io.Writer) error { return hosts(w, 100_000) }, true},
	{"5,000 subnets", subnets, true},
	{"8,000 subclasses", subclasses, true},
	{"10 MB", func(w io.Writer) error { return sized(w, 10<<20) }, false},
	{"100 MB", func(w io.Writer) error { return sized(w, 100<<20) }, false},
}

// hosts writes one subnet and n hosts with fixed addresses in it. The first
// hosts are the lowest addresses from 10.1.0.0 on.
func hosts(w io.Writer, n int) error {
	_, err := fmt.Fprint(w, "subnet 10.0.0.0 netmask 255.0.0.0 {\n  option routers 10.0.0.1;\n  range 10.0.0.10 10.0.0.250;\n}\n")
	for i := 0; i < n && err == nil; i++ {
		_, err = fmt.Fprintf(w, "host h%d {\n  hardware ethernet 02:00:%02x:%02x:%02x:%02x;\n  fixed-address 10.%d.%d.%d;\n}\n",
			i, i>>24, i>>16&255, i>>8&255, i&255, 1+i>>16, i>>8&255, i&255)
	}
	return err
}

// subnets writes 5,000 subnets with two options and a range each.
func subnets(w io.Writer) error {
	for i := range 5000 {
		net := fmt.Sprintf("10.%d.%d", i>>8, i&255)
		_, err := fmt.Fprintf(w, "subnet %[1]s.0 netmask 255.255.255.0 {\n  option routers %[1]s.1;\n"+
			"  option domain-name-servers %[1]s.2, %[1]s.3;\n  range %[1]s.10 %[1]s.200;\n}\n", net)
		if err != nil {
			return err
		}
	}
	return nil
}

// subclasses writes a class of 8,000 MAC addresses and a pool for it.
func subclasses(w io.Writer) error {
	_, err := fmt.Fprint(w, "class \"known\" {\n  match hardware;\n}\n")
	for i := 0; i < 8000 && err == nil; i++ {
		_, err = fmt.Fprintf(w, "subclass \"known\" 1:02:00:00:00:%02x:%02x;\n", i>>8, i&255)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(w, "subnet 10.0.0.0 netmask 255.255.0.0 {\n  pool {\n    allow members of \"known\";\n    range 10.0.0.10 10.0.200.200;\n  }\n}\n")
	return err
}

// sized writes hosts until size bytes are reached.
func sized(w io.Writer, size int) error {
	const perHost = 84 // bytes, a few more or less
	return hosts(w, size/perHost)
}

func (in input) create(file string) (err error) {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	defer func() {
		if e := f.Close(); err == nil {
			err = e
		}
	}()
	w := bufio.NewWriter(f)
	if err := in.write(w); err != nil {
		return err
	}
	return w.Flush()
}
