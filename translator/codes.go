package translator

import (
	"cmp"
	"slices"
)

//go:generate go run ./codesdoc ../docs/findings.md ../docs/hooks.md

// Codes documents every code that a finding or a diagnostic of the parser can
// have, sorted by code. A code stays what it is once released: programs read it
// from report.json.
func Codes() []CodeInfo {
	codes := slices.Concat(
		inputCodes(),
		parserCodes(),
		networkCodes,
		poolCodes,
		lifetimeCodes,
		lifetimeClassCodes,
		poolLifetimeCodes,
		hostCodes,
		hostVendorCodes,
		bootCodes,
		classCodes,
		classCountCodes,
		lateClassCodes,
		poolOrderCodes,
		comeBackCodes,
		sharedHostCodes,
		sameHostCodes,
		conditionCodes,
		accessTestCodes,
		optionCodes,
		optionRoomCodes,
		parameterCodes,
		globalCodes,
		leaseFileCodes,
		d2Codes,
		failoverCodes,
		laterCodes,
		eventCodes,
	)
	slices.SortFunc(codes, func(a, b CodeInfo) int { return cmp.Compare(a.Code, b.Code) })
	return codes
}
