// Package schema holds the JSON Schemas (draft 2020-12) of the configuration
// files of Kea's servers, one for each server and version of Kea.
//
// They are generated from the tables *.tsv in this folder by the program in gen;
// "go generate" runs it. The tables hold one row per key and range of versions:
// object, key, since, until, type, facts. Types are string, bool, int, float
// (which must be written with a point or exponent; a schema cannot say so),
// strings (a list), free (any map), map:OBJECT and list:OBJECT. Facts of keys:
//
//	required      must be there
//	min= max=     allowed range, with the ends
//	above= below= allowed range, without the ends
//	enum=         allowed strings
//	enumi=        allowed strings, in capitals or not
//	items=        allowed elements
//	nonempty      the list must have an element, the string a byte
//	default=      what an absent key means
//	deprecated    still read, with a warning
//
// Facts of objects (rows without a key): nonempty (the map must have a member),
// oneof= (exactly one of the keys), anyof= (at least one of them), need= (this
// key), notboth= (not the two together), open (Kea takes any other key and
// ignores it).
//
// Only what Kea itself refuses is stated, so that no file that works is refused
// here. What a schema cannot state is in package keaconf, Check.
package schema
