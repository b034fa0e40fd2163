// Package store says what a place for leases can do: Store is what a server works
// with, Bulk what fills a place with many leases at once. The packages below it
// are the places that Kea has: memfile (Kea's lease file), postgres and mysql
// (Kea's databases, schema by version). Package storetest holds what all of them
// have to pass.
package store
