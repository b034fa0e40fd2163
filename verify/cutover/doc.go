// Package cutover goes the whole way from the files of a running dhcpd to those of a
// Kea in one step: it finds the configurations of a folder, converts them, imports the
// leases, verifies the result, and writes a directory with everything and a RUNBOOK.md
// with the exact commands for changing over and for going back.
package cutover
