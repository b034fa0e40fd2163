// Package storetest holds what every place for leases has to pass, whatever it
// is: Run4 and Run6 hold a Store and a Bulk against a map that does the same.
package storetest
