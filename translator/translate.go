package translator

import (
	"cmp"
	"slices"

	"github.com/keamigrate/keamigrate/parser/dhcpdconf"
	"github.com/keamigrate/keamigrate/parser/keaconf"
	"github.com/keamigrate/keamigrate/translator/model"
)

// Result is what a translation gives. DHCP4 or DHCP6 is nil for the protocol
// that the file does not serve, D2 when there are no DNS updates.
type Result struct {
	DHCP4     *keaconf.DHCP4
	DHCP6     *keaconf.DHCP6
	D2        *keaconf.D2
	SubnetIDs SubnetIDs
	// Scripts are what the configuration calls.
	Scripts []File
	// Server is the name of this server in the failover relationship that
	// became high availability, [PrimaryName] or [SecondaryName]; "": none did.
	Server string
	Report *Report
}

// passes are the steps of a translation, in order. Each takes from the model
// what is its subject, adds to Kea's configuration, and tells the ledger what
// became of each statement it read.
var passes = []struct {
	name string
	run  func(*translation)
}{
	{"diagnostics", (*translation).diagnostics},
	{"subnets", (*translation).subnets},
	{"class tests", (*translation).classTests},
	{"pools", (*translation).pools},
	{"order in shared networks", (*translation).sharedOrder},
	{"failover", (*translation).failover},
	{"lifetimes", (*translation).lifetimes},
	{"lease file", (*translation).leaseFile},
	{"reservations", (*translation).reservations},
	{"boot fields", (*translation).bootFields},
	{"options", (*translation).options},
	{"conditions", (*translation).conditions},
	{"pool options at INFORM", (*translation).poolsAtInform},
	{"classes", (*translation).classSettings},
	{"options joined in several classes", (*translation).joinedInSeveral},
	{"spaces of options in several classes", (*translation).spacesInSeveral},
	{"computed options", (*translation).computedOptions},
	{"lists of wishes", (*translation).requestLists},
	{"lifetimes of classes", (*translation).lifetimeClasses},
	{"reserved addresses in pools", (*translation).reservedInPools},
	{"parameters", (*translation).parameters},
	{"leases by hardware address", (*translation).leasesByHardware},
	{"clients that come back", (*translation).notAuthoritative},
	{"globals", (*translation).globals},
	{"DNS names", (*translation).dnsNames},
	{"DNS daemon", (*translation).dnsDaemon},
	{"events", (*translation).events},
	{"comments", (*translation).comments},
	{"later", (*translation).later},
	{"vendor options of classes", (*translation).classVendorOptions},
	{"options left", (*translation).optionsLeft},
	{"room for options", (*translation).optionRoom},
	{"hosts of shared networks", (*translation).sharedNetworkHosts},
	{"subnet options at Information-request", (*translation).optionsAtInform6},
	{"time for classes", (*translation).countTests},
	{"order of tagged options", (*translation).tagOrder},
	{"tagged options as classes", (*translation).tagsAsClasses},
	{"accounts", (*translation).accounts},
	{"fields of answers", (*translation).answerFields},
}

// translation is one translation under way.
type translation struct {
	file   *dhcpdconf.File
	diags  dhcpdconf.Diagnostics
	conf   *model.Config
	opts   Options
	ledger *ledger

	dhcp4 *keaconf.DHCP4
	dhcp6 *keaconf.DHCP6
	d2    *keaconf.D2

	subnetIDs SubnetIDs
	scripts   []File
	server    string // its name in Kea's high availability, if there is any
	// eventBlocks are the "on" blocks that the script could have taken; nil
	// until somebody asks.
	eventBlocks map[*dhcpdconf.On]bool
	// The objects under construction and where they stand in the result.
	subnetOf  map[*model.Subnet]*keaconf.Subnet // elements of alone and inNetwork
	networkOf map[*model.Network]*keaconf.SharedNetwork
	alone     []keaconf.Subnet                    // those in no shared network
	inNetwork map[*model.Network][]keaconf.Subnet // those in one
	pointers  struct {
		network map[*model.Network]string
		subnet  map[*model.Subnet]string
	}
	poolPlaces []poolPlace
	hooks      map[library]keaconf.Object // parameters by library
	hosts      []hostReservation
	guards     map[int][]string // by pool place: tests that a client must all pass
	// hoisted are the subnets that took over the lifetimes of their pools, with
	// the scope of one of these.
	hoisted     map[*model.Subnet]*model.Scope
	classes     []keaconf.ClientClass // generated, in the order in which Kea must read them
	fileClasses []*class              // those of the file, in order
	classByName map[string]*class
	members     []member // that reservations put into their classes
	// branchClasses are made from the branches of if statements.
	branchClasses []keaconf.ClientClass
	branchNames   map[string]bool
	// globalBranches are those of the global scope, hostBranches those of hosts
	// and groups around them.
	globalBranches map[string]*model.Scope
	hostBranches   map[string]bool
	classBranches  map[string]model.Chain // those of classes
	// lifetimeEntries become classes that hold nothing but lifetimes.
	lifetimeEntries []lifetimeEntry
	branchLifetimes []*model.Scope // branches inside networks, subnets and pools with some of these
	scopesOfClass   map[string]model.Chain
	locations       map[*model.Network]location
	fixedMarked     map[*model.Network]bool // whose reservations are in fixedAddressClass
	poolIndex       map[*model.Pool][]int   // in poolPlaces
	hostMarkers     map[string]bool         // classes of hosts; whether their lifetimes depend on the place
	hostSets        []uint8                 // which lifetimes hosts set
	alternatives    map[string][]string     // of tests made by anyOf
	branchScopes    []*model.Scope
	branchesIn      map[*model.Scope][]branch // conditions by the scope they stand in, but for hosts and classes
	exempt          bool                      // some hosts may boot although others may not
	outermost       model.Chain               // see aroundAll
	dropTests       []string                  // clients that conditions refuse to serve
	unknownBranches map[string][]classFlag    // "unknown-clients" in conditions of classes, by class
	redactor        *dhcpdconf.Redactor       // made when the first comment is carried over
	declared        *declaredNames            // variables and functions, once asked for
	outerOptions    *outerOptions             // once asked for
	// knownTested: some pool asks whether a client is known.
	knownTested bool
	optionPass  *optionPass // once the pass has run
	// sharedAddress: two reservations of one subnet have the same address.
	sharedAddress bool
}

// Translate turns a parsed file into Kea's configuration and a report. It
// never fails: what cannot be translated is in the report. The parser's
// diagnostics become findings.
func Translate(file *dhcpdconf.File, diags dhcpdconf.Diagnostics, opts Options) *Result {
	conf := model.Build(file, file.Protocol)
	t := &translation{
		file:      file,
		diags:     diags,
		conf:      conf,
		opts:      opts,
		ledger:    newLedger(conf, file.Statements),
		subnetOf:  make(map[*model.Subnet]*keaconf.Subnet, len(conf.Subnets)),
		networkOf: map[*model.Network]*keaconf.SharedNetwork{},
		inNetwork: map[*model.Network][]keaconf.Subnet{},

		hoisted:     map[*model.Subnet]*model.Scope{},
		classByName: map[string]*class{},
		branchNames: map[string]bool{},

		globalBranches: map[string]*model.Scope{},
		classBranches:  map[string]model.Chain{},
		hostMarkers:    map[string]bool{},
		locations:      map[*model.Network]location{},
		hostBranches:   map[string]bool{},
	}
	t.pointers.network = map[*model.Network]string{}
	t.pointers.subnet = make(map[*model.Subnet]string, len(conf.Subnets))
	if t.v6() {
		t.dhcp6 = &keaconf.DHCP6{}
	} else {
		t.dhcp4 = &keaconf.DHCP4{}
	}
	for _, p := range passes {
		p.run(t)
	}
	t.loadHooks()
	t.assemble()
	report := &Report{File: file, Statements: file.Statements, Verdicts: t.ledger.verdicts, Findings: t.ledger.findings}
	slices.SortStableFunc(report.Findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(b.Severity, a.Severity), cmp.Compare(a.Statement, b.Statement), cmp.Compare(a.Code, b.Code))
	})
	return &Result{DHCP4: t.dhcp4, DHCP6: t.dhcp6, D2: t.d2, SubnetIDs: t.subnetIDs, Scripts: t.scripts, Server: t.server, Report: report}
}

// v6 reports whether the translation is for DHCPv6.
func (t *translation) v6() bool { return t.conf.Protocol == dhcpdconf.DHCP6 }

// root returns the JSON pointer of the daemon's configuration.
func (t *translation) root() string {
	if t.v6() {
		return "/Dhcp6"
	}
	return "/Dhcp4"
}
