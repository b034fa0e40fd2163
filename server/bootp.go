package server

// bootpLength is the length of an answer to a client of BOOTP in bytes, at least
// (RFC 951, RFC 1542).
const bootpLength = 300

// dhcpOnly are options that mean nothing to clients of BOOTP.
var dhcpOnly = [...]uint8{optRequestedIP, optLeaseTime, 52, optServerID, optRequestList, optMessage, 57, optRenewal, optRebinding, optClientID}

// answerBOOTP makes the answer one of BOOTP, as libdhcp_bootp does: a refusal
// becomes an answer without an address.
func (s *Server4) answerBOOTP(x *exchange) outcome {
	if !x.bootp {
		return goOn
	}
	for _, code := range dhcpOnly {
		x.unset(code)
	}
	return goOn
}
