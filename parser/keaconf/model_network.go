package keaconf

// Parameters are the keys that the top level, a shared network and a subnet
// have in common: each inherits what it does not set from the one around it.
type Parameters struct {
	Lifetimes
	Timers
	BootFields
	Authoritative *bool  `kea:"authoritative"`   // DHCPv4
	MatchClientID *bool  `kea:"match-client-id"` // DHCPv4
	Allocator     string `kea:"allocator"`
	PDAllocator   string `kea:"pd-allocator"` // DHCPv6
	ReservationModes
	DDNSParameters
	StoreExtendedInfo *bool `kea:"store-extended-info"`
}

// Lifetimes are the lifetimes of leases, in seconds. Classes have them too.
type Lifetimes struct {
	MinPreferredLifetime *uint32 `kea:"min-preferred-lifetime"` // DHCPv6
	PreferredLifetime    *uint32 `kea:"preferred-lifetime"`     // DHCPv6
	MaxPreferredLifetime *uint32 `kea:"max-preferred-lifetime"` // DHCPv6
	MinValidLifetime     *uint32 `kea:"min-valid-lifetime"`
	ValidLifetime        *uint32 `kea:"valid-lifetime"`
	MaxValidLifetime     *uint32 `kea:"max-valid-lifetime"`
	OfferLifetime        *uint32 `kea:"offer-lifetime"` // DHCPv4
}

// Timers say when clients renew (seconds, or fractions of the lifetime) and
// when a lease is handed out again unchanged.
type Timers struct {
	RenewTimer                 *uint32  `kea:"renew-timer"`
	RebindTimer                *uint32  `kea:"rebind-timer"`
	CalculateTeeTimes          *bool    `kea:"calculate-tee-times"`
	T1Percent                  *float64 `kea:"t1-percent"`
	T2Percent                  *float64 `kea:"t2-percent"`
	CacheThreshold             *float64 `kea:"cache-threshold"`
	CacheMaxAge                *uint32  `kea:"cache-max-age"`
	AdaptiveLeaseTimeThreshold *float64 `kea:"adaptive-lease-time-threshold"`
}

// BootFields fill siaddr, sname and file of a DHCPv4 answer. Pointers, because
// an inner scope may clear what an outer one sets.
type BootFields struct {
	NextServer     *string `kea:"next-server"`
	ServerHostname *string `kea:"server-hostname"`
	BootFileName   *string `kea:"boot-file-name"`
}

// ReservationModes say where Kea looks for reservations.
type ReservationModes struct {
	ReservationMode       string `kea:"reservation-mode"` // up to 2.2
	ReservationsGlobal    *bool  `kea:"reservations-global"`
	ReservationsInSubnet  *bool  `kea:"reservations-in-subnet"`
	ReservationsOutOfPool *bool  `kea:"reservations-out-of-pool"`
}

// DDNSParameters say how names are made and sent to the DHCP-DDNS server. Pools
// have them too.
type DDNSParameters struct {
	DDNSSendUpdates            *bool    `kea:"ddns-send-updates"`
	DDNSOverrideNoUpdate       *bool    `kea:"ddns-override-no-update"`
	DDNSOverrideClientUpdate   *bool    `kea:"ddns-override-client-update"`
	DDNSReplaceClientName      string   `kea:"ddns-replace-client-name"`
	DDNSGeneratedPrefix        *string  `kea:"ddns-generated-prefix"`
	DDNSQualifyingSuffix       *string  `kea:"ddns-qualifying-suffix"`
	DDNSUpdateOnRenew          *bool    `kea:"ddns-update-on-renew"`
	DDNSUseConflictResolution  *bool    `kea:"ddns-use-conflict-resolution"`
	DDNSConflictResolutionMode string   `kea:"ddns-conflict-resolution-mode"`
	DDNSTTLPercent             *float64 `kea:"ddns-ttl-percent"`
	DDNSTTL                    *uint32  `kea:"ddns-ttl"`
	DDNSTTLMin                 *uint32  `kea:"ddns-ttl-min"`
	DDNSTTLMax                 *uint32  `kea:"ddns-ttl-max"`
	HostnameCharSet            *string  `kea:"hostname-char-set"`
	HostnameCharReplacement    *string  `kea:"hostname-char-replacement"`
}

// ClassGuards tie a shared network, subnet or pool to client classes.
type ClassGuards struct {
	ClientClass               string   `kea:"client-class"`                // one class; deprecated in 3.0
	ClientClasses             []string `kea:"client-classes"`              // any of them, from 3.0
	RequireClientClasses      []string `kea:"require-client-classes"`      // up to 2.6; still read in 3.0
	EvaluateAdditionalClasses []string `kea:"evaluate-additional-classes"` // from 3.0
}

// SharedNetwork is several subnets on one link.
type SharedNetwork struct {
	Name        string `kea:"name"`
	Interface   string `kea:"interface"`
	InterfaceID string `kea:"interface-id"` // DHCPv6
	Relay       *Relay `kea:"relay"`
	RapidCommit *bool  `kea:"rapid-commit"` // DHCPv6
	ClassGuards
	Parameters
	OptionData []OptionData `kea:"option-data"`
	Subnet4    []Subnet     `kea:"subnet4"`
	Subnet6    []Subnet     `kea:"subnet6"`
	Notes
}

// Subnet is a subnet4 or subnet6 entry.
type Subnet struct {
	ID                     uint32 `kea:"id"` // 0 is absent
	Subnet                 string `kea:"subnet"`
	Interface              string `kea:"interface"`
	InterfaceID            string `kea:"interface-id"`     // DHCPv6
	FourOverSixInterface   string `kea:"4o6-interface"`    // DHCPv4
	FourOverSixInterfaceID string `kea:"4o6-interface-id"` // DHCPv4
	FourOverSixSubnet      string `kea:"4o6-subnet"`       // DHCPv4
	Relay                  *Relay `kea:"relay"`
	RapidCommit            *bool  `kea:"rapid-commit"` // DHCPv6
	ClassGuards
	Parameters
	OptionData   []OptionData  `kea:"option-data"`
	Pools        []Pool        `kea:"pools"`
	PDPools      []PDPool      `kea:"pd-pools"` // DHCPv6
	Reservations []Reservation `kea:"reservations"`
	Notes
}

// Relay names the relay agents behind which a subnet lies.
type Relay struct {
	IPAddress   string   `kea:"ip-address"` // up to 2.2
	IPAddresses []string `kea:"ip-addresses"`
}

// Pool is a range of addresses, "first - last" or a prefix.
type Pool struct {
	Pool   string  `kea:"pool"`
	PoolID *uint32 `kea:"pool-id"`
	ClassGuards
	DDNSParameters              // from 3.0
	OptionData     []OptionData `kea:"option-data"`
	Notes
}

// PDPool is a range of prefixes to delegate.
type PDPool struct {
	Prefix            string  `kea:"prefix"`
	PrefixLen         uint8   `kea:"prefix-len"`
	DelegatedLen      uint8   `kea:"delegated-len"`
	ExcludedPrefix    string  `kea:"excluded-prefix"`
	ExcludedPrefixLen *uint8  `kea:"excluded-prefix-len"`
	PoolID            *uint32 `kea:"pool-id"`
	ClassGuards
	OptionData []OptionData `kea:"option-data"`
	Notes
}

// Reservation is a host. There may be hundreds of thousands, so what few hosts
// have is kept apart in Extra.
type Reservation struct {
	HWAddress     string       `kea:"hw-address"`
	DUID          string       `kea:"duid"`
	ClientID      string       `kea:"client-id"`    // DHCPv4
	IPAddress     string       `kea:"ip-address"`   // DHCPv4
	IPAddresses   []string     `kea:"ip-addresses"` // DHCPv6
	Hostname      string       `kea:"hostname"`
	ClientClasses []string     `kea:"client-classes"`
	OptionData    []OptionData `kea:"option-data"`
	Comment       string       `kea:"comment"` // Kea moves it into the user context
	Extra         *ReservationExtra
	// Comments are written as "//" lines before the object, one each.
	Comments []string `kea:"-"`
}

// ReservationExtra is the rare part of a Reservation.
type ReservationExtra struct {
	CircuitID        string   `kea:"circuit-id"` // DHCPv4
	FlexID           string   `kea:"flex-id"`
	Prefixes         []string `kea:"prefixes"`          // DHCPv6
	ExcludedPrefixes []string `kea:"excluded-prefixes"` // DHCPv6, from 3.0
	BootFields                // DHCPv4
	UserContext      Object   `kea:"user-context"`
}

// More returns r.Extra, making it if need be.
func (r *Reservation) More() *ReservationExtra {
	if r.Extra == nil {
		r.Extra = new(ReservationExtra)
	}
	return r.Extra
}

// OptionData is the value of an option.
type OptionData struct {
	Name          string   `kea:"name"`
	Code          *uint16  `kea:"code"`
	Space         string   `kea:"space"`
	CSVFormat     *bool    `kea:"csv-format"`
	Data          string   `kea:"data"`
	AlwaysSend    *bool    `kea:"always-send"`
	NeverSend     *bool    `kea:"never-send"`     // from 2.6
	ClientClasses []string `kea:"client-classes"` // from 3.0
	Comment       string   `kea:"comment"`
	UserContext   Object   `kea:"user-context"`
	// Comments are written as "//" lines before the object, one each.
	Comments []string `kea:"-"`
}

// OptionDef defines an option that Kea does not know.
type OptionDef struct {
	Name        string `kea:"name"`
	Code        uint16 `kea:"code"`
	Space       string `kea:"space"`
	Type        string `kea:"type"`
	RecordTypes string `kea:"record-types"`
	Array       *bool  `kea:"array"`
	Encapsulate string `kea:"encapsulate"`
	Notes
}

// ClientClass is an entry of client-classes.
type ClientClass struct {
	Name                 string `kea:"name"`
	Test                 string `kea:"test"`
	TemplateTest         string `kea:"template-test"`           // from 2.6
	OnlyIfRequired       *bool  `kea:"only-if-required"`        // up to 2.6; still read in 3.0
	OnlyInAdditionalList *bool  `kea:"only-in-additional-list"` // from 3.0
	Lifetimes
	BootFields              // DHCPv4
	OptionDef  []OptionDef  `kea:"option-def"` // DHCPv4
	OptionData []OptionData `kea:"option-data"`
	Notes
}
