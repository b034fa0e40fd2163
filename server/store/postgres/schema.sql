-- What Kea {{.Version}} needs of a PostgreSQL database to keep leases and hosts in it.
-- Statements end with an empty line.

CREATE TABLE lease_state (
	state bigint PRIMARY KEY,
	name varchar(64) NOT NULL
)

INSERT INTO lease_state VALUES
	(0, 'default'), (1, 'declined'), (2, 'expired-reclaimed'){{if .V30}}, (3, 'released'), (4, 'registered'){{end}}

CREATE TABLE lease6_types (
	lease_type smallint PRIMARY KEY,
	name varchar(5)
)

INSERT INTO lease6_types VALUES (0, 'IA_NA'), (1, 'IA_TA'), (2, 'IA_PD')

CREATE TABLE lease_hwaddr_source (
	hwaddr_source integer PRIMARY KEY,
	name varchar(40) DEFAULT NULL
)

INSERT INTO lease_hwaddr_source VALUES
	(0, 'HWADDR_SOURCE_UNKNOWN'), (1, 'HWADDR_SOURCE_RAW'), (2, 'HWADDR_SOURCE_IPV6_LINK_LOCAL'),
	(4, 'HWADDR_SOURCE_DUID'), (8, 'HWADDR_SOURCE_CLIENT_ADDR_RELAY_OPTION'), (16, 'HWADDR_SOURCE_REMOTE_ID'),
	(32, 'HWADDR_SOURCE_SUBSCRIBER_ID'), (64, 'HWADDR_SOURCE_DOCSIS_CMTS'), (128, 'HWADDR_SOURCE_DOCSIS_MODEM')

CREATE TABLE lease4 (
	address bigint PRIMARY KEY,
	hwaddr bytea,
	client_id bytea,
	valid_lifetime bigint,
	expire timestamptz,
	subnet_id bigint,
	fqdn_fwd boolean,
	fqdn_rev boolean,
	hostname varchar(255),
	state bigint DEFAULT 0 CONSTRAINT fk_lease4_state REFERENCES lease_state,
	user_context text{{if .V26}},
	relay_id bytea DEFAULT NULL,
	remote_id bytea DEFAULT NULL,
	pool_id bigint NOT NULL DEFAULT 0{{end}}
)

CREATE INDEX lease4_by_client_id_subnet_id ON lease4 (client_id, subnet_id)

CREATE INDEX lease4_by_hostname ON lease4 (lower(hostname)) WHERE hostname IS NOT NULL

CREATE INDEX lease4_by_hwaddr_subnet_id ON lease4 (hwaddr, subnet_id)

CREATE INDEX lease4_by_state_expire ON lease4 (state, expire)

CREATE INDEX lease4_by_subnet_id ON lease4 (subnet_id)

{{if .V26}}CREATE INDEX lease4_by_relay_id ON lease4 (relay_id)

CREATE INDEX lease4_by_remote_id ON lease4 (remote_id)

{{end}}CREATE TABLE lease6 (
	address {{if .V26}}inet{{else}}varchar(39){{end}} PRIMARY KEY,
	duid bytea,
	valid_lifetime bigint,
	expire timestamptz,
	subnet_id bigint,
	pref_lifetime bigint,
	lease_type smallint CONSTRAINT fk_lease6_type REFERENCES lease6_types,
	iaid integer,
	prefix_len smallint,
	fqdn_fwd boolean,
	fqdn_rev boolean,
	hostname varchar(255),
	state bigint DEFAULT 0 CONSTRAINT fk_lease6_state REFERENCES lease_state,
	hwaddr bytea DEFAULT NULL,
	hwtype smallint DEFAULT NULL,
	hwaddr_source smallint DEFAULT NULL,
	user_context text{{if .V26}},
	pool_id bigint NOT NULL DEFAULT 0{{end}}
)

CREATE INDEX lease6_by_duid_iaid_subnet_id ON lease6 (duid, iaid, subnet_id)

CREATE INDEX lease6_by_hostname ON lease6 (lower(hostname)) WHERE hostname IS NOT NULL

CREATE INDEX lease6_by_state_expire ON lease6 (state, expire)

CREATE INDEX lease6_by_subnet_id_lease_type ON lease6 (subnet_id, lease_type)

{{if .V26}}CREATE INDEX lease6_by_subnet_id_address ON lease6 (subnet_id, address)

{{range $kind := .Extended}}CREATE TABLE lease6_{{$kind}} (
	extended_info_id serial PRIMARY KEY,
	{{$kind}} bytea NOT NULL,
	lease_addr inet NOT NULL CONSTRAINT fk_lease6_{{$kind}}_addr REFERENCES lease6 ON DELETE CASCADE
)

CREATE INDEX lease6_{{$kind}}_by_id ON lease6_{{$kind}} ({{$kind}}, lease_addr)

CREATE INDEX lease6_{{$kind}}_by_address ON lease6_{{$kind}} (lease_addr)

{{end}}{{end}}CREATE TABLE lease4_stat (
	subnet_id bigint,
	state bigint,
	leases bigint,
	PRIMARY KEY (subnet_id, state)
)

CREATE TABLE lease6_stat (
	subnet_id bigint,
	lease_type smallint,
	state bigint,
	leases bigint,
	PRIMARY KEY (subnet_id, lease_type, state)
)

{{if .V26}}CREATE TABLE lease4_pool_stat (
	subnet_id bigint,
	pool_id bigint,
	state bigint,
	leases bigint,
	PRIMARY KEY (subnet_id, pool_id, state)
)

CREATE TABLE lease6_pool_stat (
	subnet_id bigint,
	pool_id bigint,
	lease_type smallint,
	state bigint,
	leases bigint,
	PRIMARY KEY (subnet_id, pool_id, lease_type, state)
)

{{end}}CREATE TABLE lease4_stat_by_client_class (
	client_class varchar(128) PRIMARY KEY,
	leases bigint NOT NULL
)

CREATE TABLE lease6_stat_by_client_class (
	client_class varchar(128),
	lease_type smallint CONSTRAINT fk_lease6_stat_by_client_class_lease_type REFERENCES lease6_types,
	leases bigint NOT NULL,
	PRIMARY KEY (client_class, lease_type)
)

CREATE TABLE logs (
	timestamp timestamptz DEFAULT CURRENT_TIMESTAMP,
	address varchar(43),
	log text NOT NULL
)

CREATE INDEX timestamp_id ON logs (timestamp)

CREATE INDEX address_id ON logs (address)

CREATE TABLE host_identifier_type (
	type smallint PRIMARY KEY,
	name varchar(32) DEFAULT NULL
)

INSERT INTO host_identifier_type VALUES (0, 'hw-address'), (1, 'duid'), (2, 'circuit-id'), (3, 'client-id'), (4, 'flex-id')

CREATE TABLE dhcp_option_scope (
	scope_id smallint PRIMARY KEY,
	scope_name varchar(32) DEFAULT NULL
)

INSERT INTO dhcp_option_scope VALUES
	(0, 'global'), (1, 'subnet'), (2, 'client-class'), (3, 'host'), (4, 'shared-network'), (5, 'pool'), (6, 'pd-pool')

CREATE TABLE hosts (
	host_id serial PRIMARY KEY,
	dhcp_identifier bytea NOT NULL,
	dhcp_identifier_type smallint NOT NULL CONSTRAINT fk_host_identifier_type REFERENCES host_identifier_type ON DELETE CASCADE,
	dhcp4_subnet_id bigint DEFAULT NULL,
	dhcp6_subnet_id bigint DEFAULT NULL,
	ipv4_address bigint DEFAULT NULL,
	hostname varchar(255) DEFAULT NULL,
	dhcp4_client_classes varchar(255) DEFAULT NULL,
	dhcp6_client_classes varchar(255) DEFAULT NULL,
	dhcp4_next_server bigint DEFAULT NULL,
	dhcp4_server_hostname varchar(64) DEFAULT NULL,
	dhcp4_boot_file_name varchar(128) DEFAULT NULL,
	user_context text,
	auth_key varchar(32) DEFAULT NULL
)

CREATE INDEX fk_host_identifier_type ON hosts (dhcp_identifier_type)

CREATE INDEX hosts_by_hostname ON hosts (lower(hostname)) WHERE hostname IS NOT NULL

CREATE UNIQUE INDEX key_dhcp4_identifier_subnet_id ON hosts (dhcp_identifier, dhcp_identifier_type, dhcp4_subnet_id) WHERE dhcp4_subnet_id IS NOT NULL

CREATE INDEX key_dhcp4_ipv4_address_subnet_id ON hosts (ipv4_address, dhcp4_subnet_id)

CREATE UNIQUE INDEX key_dhcp6_identifier_subnet_id ON hosts (dhcp_identifier, dhcp_identifier_type, dhcp6_subnet_id) WHERE dhcp6_subnet_id IS NOT NULL

CREATE INDEX key_dhcp_identifier ON hosts (dhcp_identifier, dhcp_identifier_type)

CREATE TABLE ipv6_reservations (
	reservation_id serial PRIMARY KEY,
	address {{if .V26}}inet{{else}}varchar(39){{end}} NOT NULL,
	prefix_len smallint NOT NULL DEFAULT '128',
	type smallint NOT NULL DEFAULT '0',
	dhcp6_iaid integer DEFAULT NULL,
	host_id integer NOT NULL CONSTRAINT fk_ipv6_reservations_host REFERENCES hosts ON DELETE CASCADE{{if .V30}},
	excluded_prefix inet DEFAULT NULL,
	excluded_prefix_len smallint NOT NULL DEFAULT '0'{{end}}
)

CREATE INDEX fk_ipv6_reservations_host_idx ON ipv6_reservations (host_id)

CREATE INDEX key_dhcp6_address_prefix_len ON ipv6_reservations (address, prefix_len)

CREATE TABLE dhcp4_options (
	option_id serial PRIMARY KEY,
	code smallint NOT NULL,
	value bytea,
	formatted_value text,
	space varchar(128) DEFAULT NULL,
	persistent boolean NOT NULL DEFAULT false,
	dhcp_client_class varchar(128) DEFAULT NULL,
	dhcp4_subnet_id bigint DEFAULT NULL,
	host_id integer DEFAULT NULL CONSTRAINT fk_options_host1 REFERENCES hosts ON DELETE CASCADE,
	scope_id smallint NOT NULL CONSTRAINT fk_dhcp4_option_scode REFERENCES dhcp_option_scope ON DELETE CASCADE,
	user_context text,
	shared_network_name varchar(128) DEFAULT NULL,
	pool_id bigint DEFAULT NULL,
	modification_ts timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP{{if .V26}},
	cancelled boolean NOT NULL DEFAULT false{{end}}{{if .V30}},
	client_classes text DEFAULT NULL{{end}}
)

CREATE INDEX fk_dhcp4_options_host1_idx ON dhcp4_options (host_id)

CREATE INDEX fk_dhcp4_options_scope_idx ON dhcp4_options (scope_id)

CREATE INDEX fk_dhcp4_options_pool ON dhcp4_options (pool_id)

CREATE INDEX fk_dhcp4_options_shared_network ON dhcp4_options (shared_network_name)

CREATE INDEX fk_dhcp4_options_subnet ON dhcp4_options (dhcp4_subnet_id)

CREATE TABLE dhcp6_options (
	option_id serial PRIMARY KEY,
	code integer NOT NULL,
	value bytea,
	formatted_value text,
	space varchar(128) DEFAULT NULL,
	persistent boolean NOT NULL DEFAULT false,
	dhcp_client_class varchar(128) DEFAULT NULL,
	dhcp6_subnet_id bigint DEFAULT NULL,
	host_id integer DEFAULT NULL CONSTRAINT fk_options_host10 REFERENCES hosts ON DELETE CASCADE,
	scope_id smallint NOT NULL CONSTRAINT fk_dhcp6_option_scode REFERENCES dhcp_option_scope ON DELETE CASCADE,
	user_context text,
	shared_network_name varchar(128) DEFAULT NULL,
	pool_id bigint DEFAULT NULL,
	pd_pool_id bigint DEFAULT NULL,
	modification_ts timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP{{if .V26}},
	cancelled boolean NOT NULL DEFAULT false{{end}}{{if .V30}},
	client_classes text DEFAULT NULL{{end}}
)

CREATE INDEX fk_dhcp6_options_host1_idx ON dhcp6_options (host_id)

CREATE INDEX fk_dhcp6_options_scope_idx ON dhcp6_options (scope_id)

CREATE INDEX fk_dhcp6_options_pool ON dhcp6_options (pool_id)

CREATE INDEX fk_dhcp6_options_pd_pool ON dhcp6_options (pd_pool_id)

CREATE INDEX fk_dhcp6_options_shared_network ON dhcp6_options (shared_network_name)

CREATE INDEX fk_dhcp6_options_subnet ON dhcp6_options (dhcp6_subnet_id)

-- Kea asks this before it uses the functions about limits.
CREATE FUNCTION isJsonSupported() RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true'

-- The classes of a lease that are counted, or NULL.
CREATE FUNCTION lease_client_classes(user_context text) RETURNS json LANGUAGE sql IMMUTABLE AS $$
	SELECT NULLIF(user_context, '')::json -> 'ISC' -> 'client-classes'
$$

{{range $p := .Protocols}}-- Counts a lease of {{.Table}} in (1) or out (-1), by subnet.
CREATE FUNCTION {{.Table}}_count(step integer, l {{.Table}}) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	IF l.state IN ({{.States}}) THEN
		UPDATE {{.Table}}_stat SET leases = GREATEST(leases + step, 0)
			WHERE subnet_id = l.subnet_id AND state = l.state{{if .Typed}} AND lease_type = l.lease_type{{end}};
		IF NOT FOUND AND step > 0 THEN
			INSERT INTO {{.Table}}_stat VALUES (l.subnet_id, {{if .Typed}}l.lease_type, {{end}}l.state, 1);
		END IF;
	END IF;
END $$

{{if $.V26}}CREATE FUNCTION {{.Table}}_count_in_pool(step integer, l {{.Table}}) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	IF l.state IN (0, 1) THEN
		UPDATE {{.Table}}_pool_stat SET leases = GREATEST(leases + step, 0)
			WHERE subnet_id = l.subnet_id AND pool_id = l.pool_id AND state = l.state{{if .Typed}} AND lease_type = l.lease_type{{end}};
		IF NOT FOUND AND step > 0 THEN
			INSERT INTO {{.Table}}_pool_stat VALUES (l.subnet_id, l.pool_id, {{if .Typed}}l.lease_type, {{end}}l.state, 1);
		END IF;
	END IF;
END $$

{{end}}CREATE FUNCTION {{.Table}}_count_in_classes(step integer, l {{.Table}}) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	class text;
BEGIN
	IF l.state = 0 THEN
		FOR class IN SELECT json_array_elements_text(lease_client_classes(l.user_context)) LOOP
			UPDATE {{.Table}}_stat_by_client_class SET leases = GREATEST(leases + step, 0)
				WHERE client_class = class{{if .Typed}} AND lease_type = l.lease_type{{end}};
			IF NOT FOUND AND step > 0 THEN
				INSERT INTO {{.Table}}_stat_by_client_class VALUES (class, {{if .Typed}}l.lease_type, {{end}}1);
			END IF;
		END LOOP;
	END IF;
END $$

CREATE FUNCTION func_{{.Table}}_ains() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM {{.Table}}_count_in_classes(1, NEW);
	PERFORM {{.Table}}_count(1, NEW);{{if $.V26}}
	PERFORM {{.Table}}_count_in_pool(1, NEW);{{end}}
	RETURN NULL;
END $$

CREATE FUNCTION func_{{.Table}}_adel() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM {{.Table}}_count_in_classes(-1, OLD);
	PERFORM {{.Table}}_count(-1, OLD);{{if $.V26}}
	PERFORM {{.Table}}_count_in_pool(-1, OLD);{{end}}
	RETURN NULL;
END $$

-- A lease that gets its first classes, or loses all, is not counted for them: Kea does the same.
CREATE FUNCTION func_{{.Table}}_aupd() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF OLD.state <> NEW.state OR lease_client_classes(OLD.user_context)::text <> lease_client_classes(NEW.user_context)::text{{if .Typed}} OR OLD.lease_type <> NEW.lease_type{{end}} THEN
		PERFORM {{.Table}}_count_in_classes(-1, OLD);
		PERFORM {{.Table}}_count_in_classes(1, NEW);
	END IF;
	IF OLD.subnet_id <> NEW.subnet_id OR OLD.state <> NEW.state{{if .Typed}} OR OLD.lease_type <> NEW.lease_type{{end}} THEN
		PERFORM {{.Table}}_count(-1, OLD);
		PERFORM {{.Table}}_count(1, NEW);
	END IF;{{if $.V26}}
	IF OLD.subnet_id <> NEW.subnet_id OR OLD.pool_id <> NEW.pool_id OR OLD.state <> NEW.state{{if .Typed}} OR OLD.lease_type <> NEW.lease_type{{end}} THEN
		PERFORM {{.Table}}_count_in_pool(-1, OLD);
		PERFORM {{.Table}}_count_in_pool(1, NEW);
	END IF;{{end}}
	RETURN NULL;
END $$

CREATE TRIGGER {{.Table}}_ains AFTER INSERT ON {{.Table}} FOR EACH ROW EXECUTE PROCEDURE func_{{.Table}}_ains()

CREATE TRIGGER {{.Table}}_aupd AFTER UPDATE ON {{.Table}} FOR EACH ROW EXECUTE PROCEDURE func_{{.Table}}_aupd()

CREATE TRIGGER {{.Table}}_adel AFTER DELETE ON {{.Table}} FOR EACH ROW EXECUTE PROCEDURE func_{{.Table}}_adel()

-- The first limit of a user context that the leases have reached, or nothing. Kea
-- gives no lease when there is one.
CREATE FUNCTION {{.Limits}}(user_context text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	limits json := NULLIF(user_context, '')::json -> 'ISC' -> 'limits';
	class json;
	most bigint;
	used bigint;
BEGIN
	FOR class IN SELECT json_array_elements(limits -> 'client-classes') LOOP
		{{range .Kinds}}most := (class ->> '{{.Limit}}')::bigint;
		used := COALESCE((SELECT leases FROM {{$p.Table}}_stat_by_client_class WHERE client_class = class ->> 'name'{{.And}}), 0);
		IF most <= used THEN
			RETURN format('{{.Limit}} %s of client class "%s" is reached: %s leases', most, class ->> 'name', used);
		END IF;
		{{end}}
	END LOOP;
	{{range .Kinds}}most := (limits -> 'subnet' ->> '{{.Limit}}')::bigint;
	used := COALESCE((SELECT leases FROM {{$p.Table}}_stat WHERE subnet_id = (limits -> 'subnet' ->> 'id')::bigint AND state = 0{{.And}}), 0);
	IF most <= used THEN
		RETURN format('{{.Limit}} %s of subnet %s is reached: %s leases', most, limits -> 'subnet' ->> 'id', used);
	END IF;
	{{end}}RETURN '';
END $$

{{end}}
