// Package lease holds what Kea keeps about a lease (Lease4, Lease6) and the rows
// of Kea's lease files: Header, Append4 and Append6 write them for a version of
// Kea, Reader reads those of every version (Kea manual, "Memfile - Basic Storage
// for Leases").
//
// It knows nothing of stores: a lease file is a journal whose later rows replace
// earlier ones, and to apply them is the work of package store.
package lease
