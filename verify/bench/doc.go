// Command bench measures keamigrate convert beside keama, ISC's migration
// assistant, on generated inputs. make bench runs it.
//
// The programs take turns in one run, so that a change of the machine's load
// meets all of them; the table shows the median of the rounds. Wall time is that
// of the whole process and memory its peak resident size as the kernel accounts
// it (getrusage(2)). keama is given a time limit, because it needs minutes for
// thousands of subclasses.
//
// It also measures how long leases take into PostgreSQL and MariaDB, beside single
// INSERT statements in one transaction.
//
// A second table is about lease files: keamigrate leases import beside md5sum,
// which reads the file and does no more; and the reader of parser/dhcpdleases, in
// a process of its own, beside dhcpd -T and dhcpd-pools.
//
// Four tables are about keasrv: beside the Kea of each suite and a null server
// under load from perfdhcp, in a network namespace; beside Kea at the start with many
// leases; beside dhcpd with each lease on the disk; and what an exchange costs with
// many leases, subnets and reservations. -only keasrv measures these alone.
//
// The table "proof" is about keamigrate verify with 10,000 clients, and keamigrate
// replay beside "tshark -r" on the same capture, if tshark is there.
package main
