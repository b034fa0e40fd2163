// Package replay takes a capture of real DHCP traffic to a configuration of Kea: each
// message of a client that the production server got is given to keasrv, in this
// process, and what it answers is compared with what the production server answered.
//
// A capture is read as a stream and needs constant memory, apart from the leases:
// messages wait for their answer for a few seconds only, fragments too, and of the
// differences a bounded number is kept.
package replay
