// Package memfile is Kea's lease file: a journal of rows beside which the lease
// file clean-up (kea-lfc) keeps files of its own (Kea manual, "Why Is Lease File
// Cleanup Necessary?").
//
// Load4 and Load6 read what a server that starts would read, Create4 and Create6
// make a file anew in one step, Open4 and Open6 add to it, and Live4 is what a
// running server has.
package memfile
