// Package keaversion names the Kea releases that keamigrate knows and orders them.
package keaversion
