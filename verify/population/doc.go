// Package population derives, from what a configuration means, the clients
// that tell whether another server serves it the same way: for every subnet,
// host, subclass, pool and condition of the file those that it is about, and
// those that just miss it.
//
// [Derive] is deterministic: the same configuration and [Options] give the same
// clients. The conditions of the file are turned round ("which client fulfils
// this?"), so that the values that clients send are those on which the file
// decides, with values beside them.
package population
