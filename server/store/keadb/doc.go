// Package keadb is what Kea's databases have in common, whichever program they
// are in: which version of the schema belongs to which Kea, how a lease becomes
// a row and a row a lease, and the Store and the Bulk on top of that. Packages
// postgres and mysql are the two places; each has a Dialect for what differs.
//
// A Bulk fills a temporary table first, which nobody else sees and which ends
// with the connection, and then compares and changes in one transaction.
package keadb
