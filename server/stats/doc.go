// Package stats keeps the server's statistics: named counters with their latest
// values, as Kea's commands "statistic-..." show and change them (Kea manual,
// chapter "Statistics").
package stats
