-- What Kea {{.Version}} needs of a MySQL or MariaDB database to keep leases and hosts in it.
-- Statements end with an empty line.

CREATE TABLE lease_state (
	state int unsigned PRIMARY KEY,
	name varchar(64) NOT NULL
) ENGINE = InnoDB

INSERT INTO lease_state VALUES
	(0, 'default'), (1, 'declined'), (2, 'expired-reclaimed'){{if .V30}}, (3, 'released'), (4, 'registered'){{end}}

CREATE TABLE lease6_types (
	lease_type tinyint PRIMARY KEY,
	name varchar(5)
) ENGINE = InnoDB

INSERT INTO lease6_types VALUES (0, 'IA_NA'), (1, 'IA_TA'), (2, 'IA_PD')

CREATE TABLE lease_hwaddr_source (
	hwaddr_source int unsigned PRIMARY KEY,
	name varchar(40)
) ENGINE = InnoDB

INSERT INTO lease_hwaddr_source VALUES
	(0, 'HWADDR_SOURCE_UNKNOWN'), (1, 'HWADDR_SOURCE_RAW'), (2, 'HWADDR_SOURCE_IPV6_LINK_LOCAL'),
	(4, 'HWADDR_SOURCE_DUID'), (8, 'HWADDR_SOURCE_CLIENT_ADDR_RELAY_OPTION'), (16, 'HWADDR_SOURCE_REMOTE_ID'),
	(32, 'HWADDR_SOURCE_SUBSCRIBER_ID'), (64, 'HWADDR_SOURCE_DOCSIS_CMTS'), (128, 'HWADDR_SOURCE_DOCSIS_MODEM')

CREATE TABLE lease4 (
	address int unsigned PRIMARY KEY,
	hwaddr varbinary(20),
	client_id varbinary({{if .V26}}255{{else}}128{{end}}),
	valid_lifetime int unsigned,
	expire timestamp NULL,
	subnet_id int unsigned,
	fqdn_fwd tinyint(1),
	fqdn_rev tinyint(1),
	hostname varchar(255),
	state int unsigned DEFAULT 0,
	user_context text{{if .V26}},
	relay_id varbinary(255),
	remote_id varbinary(255),
	pool_id int unsigned NOT NULL DEFAULT 0,
	KEY lease4_by_relay_id (relay_id),
	KEY lease4_by_remote_id (remote_id){{end}},
	KEY lease4_by_hwaddr_subnet_id (hwaddr, subnet_id),
	KEY lease4_by_client_id_subnet_id (client_id, subnet_id),
	KEY lease4_by_subnet_id (subnet_id),
	KEY lease4_by_hostname (hostname),
	KEY lease4_by_expire_state (expire, state),
	CONSTRAINT fk_lease4_state FOREIGN KEY (state) REFERENCES lease_state (state)
) ENGINE = InnoDB

CREATE TABLE lease6 (
	address {{if .V26}}binary(16){{else}}varchar(39){{end}} PRIMARY KEY,
	duid varbinary({{if .V26}}130{{else}}128{{end}}),
	valid_lifetime int unsigned,
	expire timestamp NULL,
	subnet_id int unsigned,
	pref_lifetime int unsigned,
	lease_type tinyint,
	iaid int unsigned,
	prefix_len tinyint unsigned,
	fqdn_fwd tinyint(1),
	fqdn_rev tinyint(1),
	hostname varchar(255),
	hwaddr varbinary(20),
	hwtype smallint unsigned,
	hwaddr_source int unsigned,
	state int unsigned DEFAULT 0,
	user_context text{{if .V26}},
	pool_id int unsigned NOT NULL DEFAULT 0,
	KEY lease6_by_subnet_id_address (subnet_id, address){{end}},
	KEY lease6_by_subnet_id_lease_type (subnet_id, lease_type),
	KEY lease6_by_duid_iaid_subnet_id (duid, iaid, subnet_id),
	KEY lease6_by_hostname (hostname),
	KEY lease6_by_expire_state (expire, state),
	CONSTRAINT fk_lease6_hwaddr_source FOREIGN KEY (hwaddr_source) REFERENCES lease_hwaddr_source (hwaddr_source),
	CONSTRAINT fk_lease6_state FOREIGN KEY (state) REFERENCES lease_state (state),
	CONSTRAINT fk_lease6_type FOREIGN KEY (lease_type) REFERENCES lease6_types (lease_type)
) ENGINE = InnoDB

{{if .V26}}CREATE TABLE lease6_relay_id (
	extended_info_id int unsigned PRIMARY KEY AUTO_INCREMENT,
	relay_id varbinary(130) NOT NULL,
	lease_addr binary(16) NOT NULL,
	KEY key_lease6_relay_id_by_id (relay_id, lease_addr),
	KEY key_lease6_relay_id_by_address (lease_addr),
	CONSTRAINT fk_lease6_relay_id_addr FOREIGN KEY (lease_addr) REFERENCES lease6 (address) ON DELETE CASCADE ON UPDATE NO ACTION
) ENGINE = InnoDB

CREATE TABLE lease6_remote_id (
	extended_info_id int unsigned PRIMARY KEY AUTO_INCREMENT,
	remote_id varbinary(255) NOT NULL,
	lease_addr binary(16) NOT NULL,
	KEY key_lease6_remote_id_by_id (remote_id, lease_addr),
	KEY key_lease6_remote_id_by_address (lease_addr),
	CONSTRAINT fk_lease6_remote_id_addr FOREIGN KEY (lease_addr) REFERENCES lease6 (address) ON DELETE CASCADE ON UPDATE NO ACTION
) ENGINE = InnoDB

{{end}}CREATE TABLE lease4_stat (
	subnet_id int unsigned,
	state int unsigned,
	leases bigint,
	PRIMARY KEY (subnet_id, state)
) ENGINE = InnoDB

CREATE TABLE lease6_stat (
	subnet_id int unsigned,
	lease_type int unsigned,
	state int unsigned,
	leases bigint,
	PRIMARY KEY (subnet_id, lease_type, state)
) ENGINE = InnoDB

{{if .V26}}CREATE TABLE lease4_pool_stat (
	subnet_id int unsigned,
	pool_id int unsigned,
	state int unsigned,
	leases bigint,
	PRIMARY KEY (subnet_id, pool_id, state)
) ENGINE = InnoDB

CREATE TABLE lease6_pool_stat (
	subnet_id int unsigned,
	pool_id int unsigned,
	lease_type int unsigned,
	state int unsigned,
	leases bigint,
	PRIMARY KEY (subnet_id, pool_id, lease_type, state)
) ENGINE = InnoDB

{{end}}CREATE TABLE lease4_stat_by_client_class (
	client_class varchar(128) PRIMARY KEY,
	leases bigint unsigned NOT NULL
) ENGINE = InnoDB

CREATE TABLE lease6_stat_by_client_class (
	client_class varchar(128),
	lease_type tinyint,
	leases bigint unsigned NOT NULL,
	PRIMARY KEY (client_class, lease_type),
	CONSTRAINT fk_lease6_stat_by_client_class_lease_type FOREIGN KEY (lease_type) REFERENCES lease6_types (lease_type)
) ENGINE = InnoDB

CREATE TABLE logs (
	timestamp timestamp NULL DEFAULT CURRENT_TIMESTAMP,
	address varchar(43),
	log text NOT NULL,
	id int unsigned PRIMARY KEY AUTO_INCREMENT,
	KEY timestamp_index (timestamp)
) ENGINE = InnoDB

CREATE TABLE host_identifier_type (
	type tinyint PRIMARY KEY,
	name varchar(32)
) ENGINE = InnoDB

INSERT INTO host_identifier_type VALUES (0, 'hw-address'), (1, 'duid'), (2, 'circuit-id'), (3, 'client-id'), (4, 'flex-id')

CREATE TABLE dhcp_option_scope (
	scope_id tinyint unsigned PRIMARY KEY,
	scope_name varchar(32)
) ENGINE = InnoDB

INSERT INTO dhcp_option_scope VALUES
	(0, 'global'), (1, 'subnet'), (2, 'client-class'), (3, 'host'), (4, 'shared-network'), (5, 'pool'), (6, 'pd-pool')

CREATE TABLE hosts (
	host_id int unsigned PRIMARY KEY AUTO_INCREMENT,
	dhcp_identifier varbinary({{if .V26}}255{{else}}128{{end}}) NOT NULL,
	dhcp_identifier_type tinyint NOT NULL,
	dhcp4_subnet_id int unsigned,
	dhcp6_subnet_id int unsigned,
	ipv4_address int unsigned,
	hostname varchar(255),
	dhcp4_client_classes varchar(255),
	dhcp6_client_classes varchar(255),
	dhcp4_next_server int unsigned,
	dhcp4_server_hostname varchar(64),
	dhcp4_boot_file_name varchar(128),
	user_context text,
	auth_key varchar(32),
	UNIQUE KEY key_dhcp4_identifier_subnet_id (dhcp_identifier, dhcp_identifier_type, dhcp4_subnet_id),
	UNIQUE KEY key_dhcp6_identifier_subnet_id (dhcp_identifier, dhcp_identifier_type, dhcp6_subnet_id),
	KEY hosts_by_hostname (hostname),
	KEY key_dhcp4_ipv4_address_subnet_id_identifier (ipv4_address, dhcp4_subnet_id),
	CONSTRAINT fk_host_identifier_type FOREIGN KEY (dhcp_identifier_type) REFERENCES host_identifier_type (type)
) ENGINE = InnoDB

CREATE TABLE ipv6_reservations (
	reservation_id int unsigned PRIMARY KEY AUTO_INCREMENT,
	address {{if .V26}}binary(16){{else}}varchar(39){{end}} NOT NULL,
	prefix_len tinyint unsigned NOT NULL DEFAULT 128,
	type tinyint(4) unsigned NOT NULL DEFAULT 0,
	dhcp6_iaid int unsigned,
	host_id int unsigned NOT NULL,{{if .V30}}
	excluded_prefix binary(16),
	excluded_prefix_len tinyint unsigned NOT NULL DEFAULT 0,{{end}}
	KEY fk_ipv6_reservations_host_idx (host_id),
	KEY key_dhcp6_address_prefix_len (address, prefix_len),
	CONSTRAINT fk_ipv6_reservations_Host FOREIGN KEY (host_id) REFERENCES hosts (host_id) ON DELETE CASCADE ON UPDATE CASCADE
) ENGINE = InnoDB

CREATE TABLE dhcp4_options (
	option_id bigint unsigned PRIMARY KEY AUTO_INCREMENT,
	code tinyint unsigned NOT NULL,
	value blob,
	formatted_value text,
	space varchar(128),
	persistent tinyint(1) NOT NULL DEFAULT 0,
	dhcp_client_class varchar(128),
	dhcp4_subnet_id int unsigned,
	host_id int unsigned,
	scope_id tinyint unsigned NOT NULL,
	user_context text,
	shared_network_name varchar(128),
	pool_id bigint unsigned,
	modification_ts timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,{{if .V26}}
	cancelled tinyint(1) NOT NULL DEFAULT 0,{{end}}{{if .V30}}
	client_classes longtext,{{end}}
	UNIQUE KEY option_id_UNIQUE (option_id),
	KEY fk_options_host1_idx (host_id),
	KEY fk_dhcp4_options_shared_network (shared_network_name),
	KEY fk_dhcp4_options_subnet (dhcp4_subnet_id),
	KEY fk_dhcp4_options_pool (pool_id),
	KEY fk_dhcp4_options_client_class (dhcp_client_class),
	CONSTRAINT fk_dhcp4_option_scope FOREIGN KEY (scope_id) REFERENCES dhcp_option_scope (scope_id),
	CONSTRAINT fk_dhcp4_options_Host FOREIGN KEY (host_id) REFERENCES hosts (host_id) ON DELETE CASCADE ON UPDATE CASCADE,
	CONSTRAINT fk_options_host1 FOREIGN KEY (host_id) REFERENCES hosts (host_id) ON DELETE NO ACTION ON UPDATE NO ACTION
) ENGINE = InnoDB

CREATE TABLE dhcp6_options (
	option_id bigint unsigned PRIMARY KEY AUTO_INCREMENT,
	code smallint unsigned NOT NULL,
	value blob,
	formatted_value text,
	space varchar(128),
	persistent tinyint(1) NOT NULL DEFAULT 0,
	dhcp_client_class varchar(128),
	dhcp6_subnet_id int unsigned,
	host_id int unsigned,
	scope_id tinyint unsigned NOT NULL,
	user_context text,
	shared_network_name varchar(128),
	pool_id bigint unsigned,
	pd_pool_id bigint unsigned,
	modification_ts timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,{{if .V26}}
	cancelled tinyint(1) NOT NULL DEFAULT 0,{{end}}{{if .V30}}
	client_classes longtext,{{end}}
	UNIQUE KEY option_id_UNIQUE (option_id),
	KEY fk_options_host1_idx (host_id),
	KEY fk_dhcp6_options_shared_network (shared_network_name),
	KEY fk_dhcp6_options_subnet (dhcp6_subnet_id),
	KEY fk_dhcp6_options_pool (pool_id),
	KEY fk_dhcp6_options_pd_pool (pd_pool_id),
	KEY fk_dhcp6_options_client_class (dhcp_client_class),
	CONSTRAINT fk_dhcp6_option_scope FOREIGN KEY (scope_id) REFERENCES dhcp_option_scope (scope_id),
	CONSTRAINT fk_dhcp6_options_Host FOREIGN KEY (host_id) REFERENCES hosts (host_id) ON DELETE CASCADE ON UPDATE CASCADE,
	CONSTRAINT fk_options_host10 FOREIGN KEY (host_id) REFERENCES hosts (host_id) ON DELETE NO ACTION ON UPDATE NO ACTION
) ENGINE = InnoDB

-- Kea asks this before it uses the functions about limits.
CREATE FUNCTION isJsonSupported() RETURNS tinyint(1) DETERMINISTIC RETURN JSON_VALID('{}')

-- The classes of a lease that are counted, or NULL.
CREATE FUNCTION lease_client_classes(user_context text) RETURNS text DETERMINISTIC
RETURN IF(JSON_VALID(user_context), JSON_EXTRACT(user_context, '$."ISC"."client-classes"'), NULL)

{{range $p := .Protocols}}-- Counts a lease in (1) or out (-1) for each of its classes.
CREATE PROCEDURE {{.Table}}_count_in_classes(step int, state int, {{if .Typed}}kind tinyint, {{end}}classes text)
BEGIN
	DECLARE i int DEFAULT 0;
	DECLARE class varchar(255);
	WHILE state = 0 AND i < JSON_LENGTH(classes) DO
		SET class = JSON_UNQUOTE(JSON_EXTRACT(classes, CONCAT('$[', i, ']')));
		IF step > 0 THEN
			INSERT INTO {{.Table}}_stat_by_client_class VALUES (class, {{if .Typed}}kind, {{end}}1) ON DUPLICATE KEY UPDATE leases = leases + 1;
		ELSE
			UPDATE {{.Table}}_stat_by_client_class SET leases = IF(leases > 0, leases - 1, 0) WHERE client_class = class{{if .Typed}} AND lease_type = kind{{end}};
		END IF;
		SET i = i + 1;
	END WHILE;
END

CREATE TRIGGER {{.Table}}_AINS AFTER INSERT ON {{.Table}} FOR EACH ROW
BEGIN
	IF NEW.user_context IS NOT NULL THEN
		CALL {{.Table}}_count_in_classes(1, NEW.state, {{if .Typed}}NEW.lease_type, {{end}}lease_client_classes(NEW.user_context));
	END IF;
	IF NEW.state IN ({{.States}}) THEN
		INSERT INTO {{.Table}}_stat VALUES (NEW.subnet_id, {{if .Typed}}NEW.lease_type, {{end}}NEW.state, 1) ON DUPLICATE KEY UPDATE leases = leases + 1;
	END IF;{{if $.V26}}
	IF NEW.state IN (0, 1) THEN
		INSERT INTO {{.Table}}_pool_stat VALUES (NEW.subnet_id, NEW.pool_id, {{if .Typed}}NEW.lease_type, {{end}}NEW.state, 1) ON DUPLICATE KEY UPDATE leases = leases + 1;
	END IF;{{end}}
END

CREATE TRIGGER {{.Table}}_ADEL AFTER DELETE ON {{.Table}} FOR EACH ROW
BEGIN
	IF OLD.user_context IS NOT NULL THEN
		CALL {{.Table}}_count_in_classes(-1, OLD.state, {{if .Typed}}OLD.lease_type, {{end}}lease_client_classes(OLD.user_context));
	END IF;
	IF OLD.state IN ({{.States}}) THEN
		UPDATE {{.Table}}_stat SET leases = GREATEST(leases - 1, 0)
			WHERE subnet_id = OLD.subnet_id AND state = OLD.state{{if .Typed}} AND lease_type = OLD.lease_type{{end}};
	END IF;{{if $.V26}}
	IF OLD.state IN (0, 1) THEN
		UPDATE {{.Table}}_pool_stat SET leases = GREATEST(leases - 1, 0)
			WHERE subnet_id = OLD.subnet_id AND pool_id = OLD.pool_id AND state = OLD.state{{if .Typed}} AND lease_type = OLD.lease_type{{end}};
	END IF;{{end}}
END

-- A lease that gets its first classes, or loses all, is not counted for them: Kea does the same.
CREATE TRIGGER {{.Table}}_AUPD AFTER UPDATE ON {{.Table}} FOR EACH ROW
BEGIN
	IF OLD.state <> NEW.state{{if .Typed}} OR OLD.lease_type <> NEW.lease_type{{end}} OR lease_client_classes(OLD.user_context) <> lease_client_classes(NEW.user_context) THEN
		CALL {{.Table}}_count_in_classes(-1, OLD.state, {{if .Typed}}OLD.lease_type, {{end}}lease_client_classes(OLD.user_context));
		CALL {{.Table}}_count_in_classes(1, NEW.state, {{if .Typed}}NEW.lease_type, {{end}}lease_client_classes(NEW.user_context));
	END IF;
	IF OLD.subnet_id <> NEW.subnet_id OR OLD.state <> NEW.state{{if .Typed}} OR OLD.lease_type <> NEW.lease_type{{end}} THEN
		IF OLD.state IN ({{.States}}) THEN
			UPDATE {{.Table}}_stat SET leases = GREATEST(leases - 1, 0)
				WHERE subnet_id = OLD.subnet_id AND state = OLD.state{{if .Typed}} AND lease_type = OLD.lease_type{{end}};
		END IF;
		IF NEW.state IN ({{.States}}) THEN
			INSERT INTO {{.Table}}_stat VALUES (NEW.subnet_id, {{if .Typed}}NEW.lease_type, {{end}}NEW.state, 1) ON DUPLICATE KEY UPDATE leases = leases + 1;
		END IF;
	END IF;{{if $.V26}}
	IF OLD.subnet_id <> NEW.subnet_id OR OLD.pool_id <> NEW.pool_id OR OLD.state <> NEW.state{{if .Typed}} OR OLD.lease_type <> NEW.lease_type{{end}} THEN
		IF OLD.state IN (0, 1) THEN
			UPDATE {{.Table}}_pool_stat SET leases = GREATEST(leases - 1, 0)
				WHERE subnet_id = OLD.subnet_id AND pool_id = OLD.pool_id AND state = OLD.state{{if .Typed}} AND lease_type = OLD.lease_type{{end}};
		END IF;
		IF NEW.state IN (0, 1) THEN
			INSERT INTO {{.Table}}_pool_stat VALUES (NEW.subnet_id, NEW.pool_id, {{if .Typed}}NEW.lease_type, {{end}}NEW.state, 1) ON DUPLICATE KEY UPDATE leases = leases + 1;
		END IF;
	END IF;{{end}}
END

-- The first limit of a user context that the leases have reached, or nothing. Kea
-- gives no lease when there is one.
CREATE FUNCTION {{.Limits}}(user_context text) RETURNS text READS SQL DATA
BEGIN
	DECLARE limits, class text;
	DECLARE i int DEFAULT 0;
	DECLARE subnet, most, used bigint;
	DECLARE class_name varchar(255);
	SET limits = JSON_EXTRACT(user_context, '$."ISC"."limits"');
	WHILE i < JSON_LENGTH(limits, '$."client-classes"') DO
		SET class = JSON_EXTRACT(limits, CONCAT('$."client-classes"[', i, ']'));
		SET class_name = JSON_UNQUOTE(JSON_EXTRACT(class, '$.name'));
		{{range .Kinds}}SET most = JSON_EXTRACT(class, '$."{{.Limit}}"');
		SET used = COALESCE((SELECT leases FROM {{$p.Table}}_stat_by_client_class WHERE client_class = class_name{{.And}}), 0);
		IF most <= used THEN
			RETURN CONCAT('{{.Limit}} ', most, ' of client class "', class_name, '" is reached: ', used, ' leases');
		END IF;
		{{end}}SET i = i + 1;
	END WHILE;
	SET subnet = JSON_EXTRACT(limits, '$.subnet.id');
	{{range .Kinds}}SET most = JSON_EXTRACT(limits, '$.subnet."{{.Limit}}"');
	SET used = COALESCE((SELECT leases FROM {{$p.Table}}_stat WHERE subnet_id = subnet AND state = 0{{.And}}), 0);
	IF most <= used THEN
		RETURN CONCAT('{{.Limit}} ', most, ' of subnet ', subnet, ' is reached: ', used, ' leases');
	END IF;
	{{end}}RETURN '';
END

{{end}}
