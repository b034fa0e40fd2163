-- What Kea {{.Version}} needs of a MySQL or MariaDB database to take its configuration from it
-- (config-control with libdhcp_mysql_cb), beside the tables of schema.sql.
-- Statements end with an empty line.

CREATE TABLE dhcp4_audit_revision (
	id bigint unsigned NOT NULL AUTO_INCREMENT,
	modification_ts timestamp NOT NULL,
	log_message text,
	server_id bigint(10) unsigned,
	KEY key_dhcp4_audit_revision_by_modification_ts (modification_ts),
	PRIMARY KEY (id)
) ENGINE = InnoDB

CREATE TABLE dhcp4_client_class (
	id bigint unsigned NOT NULL AUTO_INCREMENT,
	name varchar(128) NOT NULL,
	test text,
	next_server int unsigned,
	server_hostname varchar(128),
	boot_file_name varchar(512){{if not .V30}},
	only_if_required tinyint(4) NOT NULL DEFAULT 0{{end}}{{if .V30}},
	only_in_additional_list tinyint(4) NOT NULL DEFAULT 0{{end}},
	valid_lifetime int,
	min_valid_lifetime int,
	max_valid_lifetime int,
	depend_on_known_directly tinyint(4) NOT NULL DEFAULT 0,
	follow_class_name varchar(128),
	modification_ts timestamp NOT NULL,
	user_context longtext{{if .V26}},
	offer_lifetime int(10){{end}},
	UNIQUE KEY id_UNIQUE (id),
	KEY key_dhcp4_client_class_modification_ts (modification_ts),
	UNIQUE KEY name_UNIQUE (name),
	PRIMARY KEY (id)
) ENGINE = InnoDB

CREATE TABLE dhcp4_client_class_dependency (
	class_id bigint unsigned NOT NULL,
	dependency_id bigint unsigned NOT NULL,
	KEY dhcp4_client_class_dependency_id_idx (dependency_id),
	PRIMARY KEY (class_id, dependency_id),
	CONSTRAINT dhcp4_client_class_class_id FOREIGN KEY (class_id) REFERENCES dhcp4_client_class (id) ON DELETE CASCADE,
	CONSTRAINT dhcp4_client_class_dependency_id FOREIGN KEY (dependency_id) REFERENCES dhcp4_client_class (id)
) ENGINE = InnoDB

CREATE TABLE dhcp4_client_class_order (
	class_id bigint unsigned NOT NULL,
	order_index bigint unsigned NOT NULL,
	depend_on_known_indirectly tinyint(4) NOT NULL DEFAULT 0,
	KEY key_dhcp4_client_class_order_index (order_index),
	PRIMARY KEY (class_id),
	CONSTRAINT fk_dhcp4_client_class_order_class_id FOREIGN KEY (class_id) REFERENCES dhcp4_client_class (id) ON DELETE CASCADE
) ENGINE = InnoDB

CREATE TABLE dhcp4_server (
	id bigint unsigned NOT NULL AUTO_INCREMENT,
	tag varchar(64) NOT NULL,
	description text,
	modification_ts timestamp NOT NULL,
	UNIQUE KEY dhcp4_server_tag_UNIQUE (tag),
	KEY key_dhcp4_server_modification_ts (modification_ts),
	PRIMARY KEY (id)
) ENGINE = InnoDB

INSERT INTO dhcp4_server (id, tag, description, modification_ts) VALUES (1, 'all', 'special type: all servers', NOW())

CREATE TABLE dhcp4_client_class_server (
	class_id bigint unsigned NOT NULL,
	server_id bigint unsigned NOT NULL,
	modification_ts timestamp NULL,
	KEY fk_dhcp4_client_class_server_id (server_id),
	PRIMARY KEY (class_id, server_id),
	CONSTRAINT fk_dhcp4_client_class_class_id FOREIGN KEY (class_id) REFERENCES dhcp4_client_class (id) ON DELETE CASCADE,
	CONSTRAINT fk_dhcp4_client_class_server_id FOREIGN KEY (server_id) REFERENCES dhcp4_server (id)
) ENGINE = InnoDB

CREATE TABLE dhcp4_options_server (
	option_id bigint unsigned NOT NULL,
	server_id bigint unsigned NOT NULL,
	modification_ts timestamp NOT NULL,
	KEY fk_dhcp4_options_server_server_id (server_id),
	KEY key_dhcp4_options_server_modification_ts (modification_ts),
	PRIMARY KEY (option_id, server_id),
	CONSTRAINT fk_dhcp4_options_server_option_id FOREIGN KEY (option_id) REFERENCES dhcp4_options (option_id) ON DELETE CASCADE ON UPDATE NO ACTION,
	CONSTRAINT fk_dhcp4_options_server_server_id FOREIGN KEY (server_id) REFERENCES dhcp4_server (id) ON DELETE CASCADE ON UPDATE NO ACTION
) ENGINE = InnoDB

CREATE TABLE dhcp4_shared_network (
	id bigint unsigned NOT NULL AUTO_INCREMENT,
	name varchar(128) NOT NULL{{if not .V30}},
	client_class varchar(128){{end}}{{if .V30}},
	client_classes longtext{{end}},
	`interface` varchar(128),
	match_client_id tinyint(1),
	modification_ts timestamp NOT NULL,
	rebind_timer int(10),
	relay longtext,
	renew_timer int(10){{if not .V30}},
	require_client_classes longtext{{end}}{{if .V30}},
	evaluate_additional_classes longtext{{end}},
	user_context longtext,
	valid_lifetime int(10),
	authoritative tinyint(1),
	calculate_tee_times tinyint(1),
	t1_percent float,
	t2_percent float,
	boot_file_name varchar(512),
	next_server int unsigned,
	server_hostname varchar(512),
	min_valid_lifetime int(10),
	max_valid_lifetime int(10),
	ddns_send_updates tinyint(1),
	ddns_override_no_update tinyint(1),
	ddns_override_client_update tinyint(1),
	ddns_replace_client_name tinyint(3),
	ddns_generated_prefix varchar(255),
	ddns_qualifying_suffix varchar(255),
	reservations_global tinyint(1),
	reservations_in_subnet tinyint(1),
	reservations_out_of_pool tinyint(1),
	cache_threshold float,
	cache_max_age int(10){{if .V26}},
	offer_lifetime int(10){{end}}{{if .V26}},
	allocator text{{end}}{{if .V30}},
	ddns_ttl_percent float{{end}}{{if .V30}},
	ddns_ttl int(10){{end}}{{if .V30}},
	ddns_ttl_min int(10){{end}}{{if .V30}},
	ddns_ttl_max int(10){{end}},
	KEY key_dhcp4_shared_network_modification_ts (modification_ts),
	UNIQUE KEY name_UNIQUE (name),
	PRIMARY KEY (id)
) ENGINE = InnoDB

CREATE TABLE dhcp4_shared_network_server (
	shared_network_id bigint unsigned NOT NULL,
	server_id bigint unsigned NOT NULL,
	modification_ts timestamp NOT NULL,
	KEY fk_dhcp4_shared_network_server_server_id (server_id),
	KEY key_dhcp4_shared_network_server_modification_ts (modification_ts),
	PRIMARY KEY (shared_network_id, server_id),
	CONSTRAINT fk_dhcp4_shared_network_server_server_id FOREIGN KEY (server_id) REFERENCES dhcp4_server (id) ON DELETE CASCADE ON UPDATE NO ACTION,
	CONSTRAINT fk_dhcp4_shared_network_server_shared_network_id FOREIGN KEY (shared_network_id) REFERENCES dhcp4_shared_network (id) ON DELETE CASCADE ON UPDATE NO ACTION
) ENGINE = InnoDB

CREATE TABLE dhcp4_subnet (
	subnet_id int unsigned NOT NULL,
	subnet_prefix varchar(32) NOT NULL,
	`4o6_interface` varchar(128),
	`4o6_interface_id` varchar(128),
	`4o6_subnet` varchar(64),
	boot_file_name varchar(512){{if not .V30}},
	client_class varchar(128){{end}}{{if .V30}},
	client_classes longtext{{end}},
	`interface` varchar(128),
	match_client_id tinyint(1),
	modification_ts timestamp NOT NULL,
	next_server int unsigned,
	rebind_timer int(10),
	relay longtext,
	renew_timer int(10){{if not .V30}},
	require_client_classes longtext{{end}}{{if .V30}},
	evaluate_additional_classes longtext{{end}},
	server_hostname varchar(512),
	shared_network_name varchar(128),
	user_context longtext,
	valid_lifetime int(10),
	authoritative tinyint(1),
	calculate_tee_times tinyint(1),
	t1_percent float,
	t2_percent float,
	min_valid_lifetime int(10),
	max_valid_lifetime int(10),
	ddns_send_updates tinyint(1),
	ddns_override_no_update tinyint(1),
	ddns_override_client_update tinyint(1),
	ddns_replace_client_name tinyint(3),
	ddns_generated_prefix varchar(255),
	ddns_qualifying_suffix varchar(255),
	reservations_global tinyint(1),
	reservations_in_subnet tinyint(1),
	reservations_out_of_pool tinyint(1),
	cache_threshold float,
	cache_max_age int(10){{if .V26}},
	offer_lifetime int(10){{end}}{{if .V26}},
	allocator text{{end}}{{if .V30}},
	ddns_ttl_percent float{{end}}{{if .V30}},
	ddns_ttl int(10){{end}}{{if .V30}},
	ddns_ttl_min int(10){{end}}{{if .V30}},
	ddns_ttl_max int(10){{end}},
	KEY fk_dhcp4_subnet_shared_network (shared_network_name),
	KEY key_dhcp4_subnet_modification_ts (modification_ts),
	PRIMARY KEY (subnet_id),
	UNIQUE KEY subnet4_subnet_prefix (subnet_prefix),
	CONSTRAINT fk_dhcp4_subnet_shared_network FOREIGN KEY (shared_network_name) REFERENCES dhcp4_shared_network (name) ON DELETE NO ACTION ON UPDATE NO ACTION
) ENGINE = InnoDB

CREATE TABLE dhcp4_pool (
	id bigint unsigned NOT NULL AUTO_INCREMENT,
	start_address int unsigned NOT NULL,
	end_address int unsigned NOT NULL,
	subnet_id int unsigned NOT NULL,
	modification_ts timestamp NOT NULL{{if not .V30}},
	client_class varchar(128){{end}}{{if not .V30}},
	require_client_classes longtext{{end}}{{if .V30}},
	client_classes longtext{{end}}{{if .V30}},
	evaluate_additional_classes longtext{{end}},
	user_context longtext,
	KEY fk_dhcp4_pool_subnet_id (subnet_id),
	KEY key_dhcp4_pool_modification_ts (modification_ts),
	PRIMARY KEY (id),
	CONSTRAINT fk_dhcp4_pool_subnet_id FOREIGN KEY (subnet_id) REFERENCES dhcp4_subnet (subnet_id) ON DELETE NO ACTION ON UPDATE CASCADE
) ENGINE = InnoDB

CREATE TABLE dhcp4_subnet_server (
	subnet_id int unsigned NOT NULL,
	server_id bigint unsigned NOT NULL,
	modification_ts timestamp NOT NULL,
	KEY fk_dhcp4_subnet_server_server_id_idx (server_id),
	KEY key_dhcp4_subnet_server_modification_ts (modification_ts),
	PRIMARY KEY (subnet_id, server_id),
	CONSTRAINT fk_dhcp4_subnet_server_server_id FOREIGN KEY (server_id) REFERENCES dhcp4_server (id) ON DELETE CASCADE ON UPDATE NO ACTION,
	CONSTRAINT fk_dhcp4_subnet_server_subnet_id FOREIGN KEY (subnet_id) REFERENCES dhcp4_subnet (subnet_id) ON DELETE CASCADE ON UPDATE CASCADE
) ENGINE = InnoDB

CREATE TABLE dhcp6_audit_revision (
	id bigint unsigned NOT NULL AUTO_INCREMENT,
	modification_ts timestamp NOT NULL,
	log_message text,
	server_id bigint(10) unsigned,
	KEY key_dhcp6_audit_revision_by_modification_ts (modification_ts),
	PRIMARY KEY (id)
) ENGINE = InnoDB

CREATE TABLE dhcp6_client_class (
	id bigint unsigned NOT NULL AUTO_INCREMENT,
	name varchar(128) NOT NULL,
	test text{{if not .V30}},
	only_if_required tinyint(4) NOT NULL DEFAULT 0{{end}}{{if .V30}},
	only_in_additional_list tinyint(4) NOT NULL DEFAULT 0{{end}},
	valid_lifetime int,
	min_valid_lifetime int,
	max_valid_lifetime int,
	depend_on_known_directly tinyint(4) NOT NULL DEFAULT 0,
	follow_class_name varchar(128),
	modification_ts timestamp NOT NULL,
	preferred_lifetime int(10),
	min_preferred_lifetime int(10),
	max_preferred_lifetime int(10),
	user_context longtext,
	UNIQUE KEY id_UNIQUE (id),
	KEY key_dhcp6_client_class_modification_ts (modification_ts),
	UNIQUE KEY name_UNIQUE (name),
	PRIMARY KEY (id)
) ENGINE = InnoDB

CREATE TABLE dhcp6_client_class_dependency (
	class_id bigint unsigned NOT NULL,
	dependency_id bigint unsigned NOT NULL,
	KEY dhcp6_client_class_dependency_id_idx (dependency_id),
	PRIMARY KEY (class_id, dependency_id),
	CONSTRAINT dhcp6_client_class_class_id FOREIGN KEY (class_id) REFERENCES dhcp6_client_class (id) ON DELETE CASCADE,
	CONSTRAINT dhcp6_client_class_dependency_id FOREIGN KEY (dependency_id) REFERENCES dhcp6_client_class (id)
) ENGINE = InnoDB

CREATE TABLE dhcp6_client_class_order (
	class_id bigint unsigned NOT NULL,
	order_index bigint unsigned NOT NULL,
	depend_on_known_indirectly tinyint(4) NOT NULL DEFAULT 0,
	KEY key_dhcp6_client_class_order_index (order_index),
	PRIMARY KEY (class_id),
	CONSTRAINT fk_dhcp6_client_class_order_class_id FOREIGN KEY (class_id) REFERENCES dhcp6_client_class (id) ON DELETE CASCADE
) ENGINE = InnoDB

CREATE TABLE dhcp6_server (
	id bigint unsigned NOT NULL AUTO_INCREMENT,
	tag varchar(64) NOT NULL,
	description text,
	modification_ts timestamp NOT NULL,
	UNIQUE KEY dhcp6_server_tag_UNIQUE (tag),
	KEY key_dhcp6_server_modification_ts (modification_ts),
	PRIMARY KEY (id)
) ENGINE = InnoDB

INSERT INTO dhcp6_server (id, tag, description, modification_ts) VALUES (1, 'all', 'special type: all servers', NOW())

CREATE TABLE dhcp6_client_class_server (
	class_id bigint unsigned NOT NULL,
	server_id bigint unsigned NOT NULL,
	modification_ts timestamp NULL,
	KEY fk_dhcp6_client_class_server_id (server_id),
	PRIMARY KEY (class_id, server_id),
	CONSTRAINT fk_dhcp6_client_class_class_id FOREIGN KEY (class_id) REFERENCES dhcp6_client_class (id) ON DELETE CASCADE,
	CONSTRAINT fk_dhcp6_client_class_server_id FOREIGN KEY (server_id) REFERENCES dhcp6_server (id)
) ENGINE = InnoDB

CREATE TABLE dhcp6_options_server (
	option_id bigint unsigned NOT NULL,
	server_id bigint unsigned NOT NULL,
	modification_ts timestamp NOT NULL,
	KEY fk_dhcp6_options_server_server_id_idx (server_id),
	KEY key_dhcp6_options_server_modification_ts (modification_ts),
	PRIMARY KEY (option_id, server_id),
	CONSTRAINT fk_dhcp6_options_server_option_id FOREIGN KEY (option_id) REFERENCES dhcp6_options (option_id) ON DELETE CASCADE ON UPDATE NO ACTION,
	CONSTRAINT fk_dhcp6_options_server_server_id FOREIGN KEY (server_id) REFERENCES dhcp6_server (id) ON DELETE CASCADE ON UPDATE NO ACTION
) ENGINE = InnoDB

CREATE TABLE dhcp6_shared_network (
	id bigint unsigned NOT NULL AUTO_INCREMENT,
	name varchar(128) NOT NULL{{if not .V30}},
	client_class varchar(128){{end}}{{if .V30}},
	client_classes longtext{{end}},
	`interface` varchar(128),
	modification_ts timestamp NOT NULL,
	preferred_lifetime int(10),
	rapid_commit tinyint(1),
	rebind_timer int(10),
	relay longtext,
	renew_timer int(10){{if not .V30}},
	require_client_classes longtext{{end}}{{if .V30}},
	evaluate_additional_classes longtext{{end}},
	user_context longtext,
	valid_lifetime int(10),
	calculate_tee_times tinyint(1),
	t1_percent float,
	t2_percent float,
	interface_id varbinary(128),
	min_preferred_lifetime int(10),
	max_preferred_lifetime int(10),
	min_valid_lifetime int(10),
	max_valid_lifetime int(10),
	ddns_send_updates tinyint(1),
	ddns_override_no_update tinyint(1),
	ddns_override_client_update tinyint(1),
	ddns_replace_client_name tinyint(3),
	ddns_generated_prefix varchar(255),
	ddns_qualifying_suffix varchar(255),
	reservations_global tinyint(1),
	reservations_in_subnet tinyint(1),
	reservations_out_of_pool tinyint(1),
	cache_threshold float,
	cache_max_age int(10){{if .V26}},
	allocator text{{end}}{{if .V26}},
	pd_allocator text{{end}}{{if .V30}},
	ddns_ttl_percent float{{end}}{{if .V30}},
	ddns_ttl int(10){{end}}{{if .V30}},
	ddns_ttl_min int(10){{end}}{{if .V30}},
	ddns_ttl_max int(10){{end}},
	KEY key_dhcp6_shared_network_modification_ts (modification_ts),
	UNIQUE KEY name_UNIQUE (name),
	PRIMARY KEY (id)
) ENGINE = InnoDB

CREATE TABLE dhcp6_shared_network_server (
	shared_network_id bigint unsigned NOT NULL,
	server_id bigint unsigned NOT NULL,
	modification_ts timestamp NOT NULL,
	KEY fk_dhcp6_shared_network_server_server_id_idx (server_id),
	KEY key_dhcp6_shared_network_server_modification_ts (modification_ts),
	PRIMARY KEY (shared_network_id, server_id),
	CONSTRAINT fk_dhcp6_shared_network_server_server_id FOREIGN KEY (server_id) REFERENCES dhcp6_server (id) ON DELETE CASCADE ON UPDATE NO ACTION,
	CONSTRAINT fk_dhcp6_shared_network_server_shared_network_id FOREIGN KEY (shared_network_id) REFERENCES dhcp6_shared_network (id) ON DELETE CASCADE ON UPDATE NO ACTION
) ENGINE = InnoDB

CREATE TABLE dhcp6_subnet (
	subnet_id int unsigned NOT NULL,
	subnet_prefix varchar(64) NOT NULL{{if not .V30}},
	client_class varchar(128){{end}}{{if .V30}},
	client_classes longtext{{end}},
	`interface` varchar(128),
	modification_ts timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
	preferred_lifetime int(10),
	rapid_commit tinyint(1),
	rebind_timer int(10),
	relay longtext,
	renew_timer int(10){{if not .V30}},
	require_client_classes longtext{{end}}{{if .V30}},
	evaluate_additional_classes longtext{{end}},
	shared_network_name varchar(128),
	user_context longtext,
	valid_lifetime int(10),
	calculate_tee_times tinyint(1),
	t1_percent float,
	t2_percent float,
	interface_id varbinary(128),
	min_preferred_lifetime int(10),
	max_preferred_lifetime int(10),
	min_valid_lifetime int(10),
	max_valid_lifetime int(10),
	ddns_send_updates tinyint(1),
	ddns_override_no_update tinyint(1),
	ddns_override_client_update tinyint(1),
	ddns_replace_client_name tinyint(3),
	ddns_generated_prefix varchar(255),
	ddns_qualifying_suffix varchar(255),
	reservations_global tinyint(1),
	reservations_in_subnet tinyint(1),
	reservations_out_of_pool tinyint(1),
	cache_threshold float,
	cache_max_age int(10){{if .V26}},
	allocator text{{end}}{{if .V26}},
	pd_allocator text{{end}}{{if .V30}},
	ddns_ttl_percent float{{end}}{{if .V30}},
	ddns_ttl int(10){{end}}{{if .V30}},
	ddns_ttl_min int(10){{end}}{{if .V30}},
	ddns_ttl_max int(10){{end}},
	KEY fk_dhcp6_subnet_shared_network (shared_network_name),
	KEY key_dhcp6_subnet_modification_ts (modification_ts),
	PRIMARY KEY (subnet_id),
	KEY subnet6_subnet_prefix (subnet_prefix),
	UNIQUE KEY subnet_prefix_UNIQUE (subnet_prefix),
	CONSTRAINT fk_dhcp6_subnet_shared_network FOREIGN KEY (shared_network_name) REFERENCES dhcp6_shared_network (name) ON DELETE NO ACTION ON UPDATE NO ACTION
) ENGINE = InnoDB

CREATE TABLE dhcp6_pd_pool (
	id bigint unsigned NOT NULL AUTO_INCREMENT,
	prefix varchar(45) NOT NULL,
	prefix_length tinyint(3) NOT NULL,
	delegated_prefix_length tinyint(3) NOT NULL,
	subnet_id int unsigned NOT NULL,
	modification_ts timestamp NOT NULL,
	excluded_prefix varchar(45),
	excluded_prefix_length tinyint(3) NOT NULL{{if not .V30}},
	client_class varchar(128){{end}}{{if not .V30}},
	require_client_classes longtext{{end}}{{if .V30}},
	client_classes longtext{{end}}{{if .V30}},
	evaluate_additional_classes longtext{{end}},
	user_context longtext,
	KEY fk_dhcp6_pd_pool_subnet_id (subnet_id),
	KEY key_dhcp6_pd_pool_modification_ts (modification_ts),
	PRIMARY KEY (id),
	CONSTRAINT fk_dhcp6_pd_pool_subnet_id FOREIGN KEY (subnet_id) REFERENCES dhcp6_subnet (subnet_id) ON DELETE NO ACTION ON UPDATE CASCADE
) ENGINE = InnoDB

CREATE TABLE dhcp6_pool (
	id bigint unsigned NOT NULL AUTO_INCREMENT,
	start_address varchar(45) NOT NULL,
	end_address varchar(45) NOT NULL,
	subnet_id int unsigned NOT NULL,
	modification_ts timestamp NOT NULL{{if not .V30}},
	client_class varchar(128){{end}}{{if not .V30}},
	require_client_classes longtext{{end}}{{if .V30}},
	client_classes longtext{{end}}{{if .V30}},
	evaluate_additional_classes longtext{{end}},
	user_context longtext,
	KEY fk_dhcp6_pool_subnet_id (subnet_id),
	KEY key_dhcp6_pool_modification_ts (modification_ts),
	PRIMARY KEY (id),
	CONSTRAINT fk_dhcp6_pool_subnet_id FOREIGN KEY (subnet_id) REFERENCES dhcp6_subnet (subnet_id) ON DELETE NO ACTION ON UPDATE CASCADE
) ENGINE = InnoDB

CREATE TABLE dhcp6_subnet_server (
	subnet_id int unsigned NOT NULL,
	server_id bigint unsigned NOT NULL,
	modification_ts timestamp NOT NULL,
	KEY fk_dhcp6_subnet_server_server_id (server_id),
	KEY key_dhcp6_subnet_server_modification_ts (modification_ts),
	PRIMARY KEY (subnet_id, server_id),
	CONSTRAINT fk_dhcp6_subnet_server_server_id FOREIGN KEY (server_id) REFERENCES dhcp6_server (id) ON DELETE CASCADE ON UPDATE NO ACTION,
	CONSTRAINT fk_dhcp6_subnet_server_subnet_id FOREIGN KEY (subnet_id) REFERENCES dhcp6_subnet (subnet_id) ON DELETE CASCADE ON UPDATE CASCADE
) ENGINE = InnoDB

CREATE TABLE modification (
	id tinyint(3) NOT NULL,
	modification_type varchar(32) NOT NULL,
	PRIMARY KEY (id)
) ENGINE = InnoDB

INSERT INTO modification VALUES (0, 'create'), (1, 'update'), (2, 'delete')

CREATE TABLE dhcp4_audit (
	id bigint unsigned NOT NULL AUTO_INCREMENT,
	object_type varchar(256) NOT NULL,
	object_id bigint unsigned NOT NULL,
	modification_type tinyint(1) NOT NULL,
	revision_id bigint unsigned NOT NULL,
	KEY fk_dhcp4_audit_modification_type (modification_type),
	KEY fk_dhcp4_audit_revision (revision_id),
	PRIMARY KEY (id),
	CONSTRAINT fk_dhcp4_audit_modification_type FOREIGN KEY (modification_type) REFERENCES modification (id) ON DELETE NO ACTION ON UPDATE NO ACTION,
	CONSTRAINT fk_dhcp4_audit_revision FOREIGN KEY (revision_id) REFERENCES dhcp4_audit_revision (id) ON DELETE NO ACTION ON UPDATE CASCADE
) ENGINE = InnoDB

CREATE TABLE dhcp6_audit (
	id bigint unsigned NOT NULL AUTO_INCREMENT,
	object_type varchar(256) NOT NULL,
	object_id bigint unsigned NOT NULL,
	modification_type tinyint(1) NOT NULL,
	revision_id bigint unsigned NOT NULL,
	KEY fk_dhcp6_audit_modification_type (modification_type),
	KEY fk_dhcp6_audit_revision (revision_id),
	PRIMARY KEY (id),
	CONSTRAINT fk_dhcp6_audit_modification_type FOREIGN KEY (modification_type) REFERENCES modification (id) ON DELETE NO ACTION ON UPDATE NO ACTION,
	CONSTRAINT fk_dhcp6_audit_revision FOREIGN KEY (revision_id) REFERENCES dhcp6_audit_revision (id) ON DELETE NO ACTION ON UPDATE CASCADE
) ENGINE = InnoDB

{{if .V26}}CREATE TABLE option_def_data_type (
	id tinyint(3) unsigned NOT NULL,
	name varchar(32) NOT NULL,
	PRIMARY KEY (id)
) ENGINE = InnoDB

INSERT INTO option_def_data_type VALUES
	(0, 'empty'), (1, 'binary'), (2, 'boolean'), (3, 'int8'), (4, 'int16'), (5, 'int32'), (6, 'uint8'), (7, 'uint16'), (8, 'uint32'),
	(10, 'ipv4-address'), (11, 'ipv6-address'), (12, 'ipv6-prefix'), (13, 'psid'), (14, 'string'), (15, 'tuple'), (16, 'fqdn'), (17, 'internal'), (254, 'record')

{{end}}CREATE TABLE dhcp4_option_def (
	id bigint unsigned NOT NULL AUTO_INCREMENT,
	code smallint(5) unsigned NOT NULL,
	name varchar(128) NOT NULL,
	space varchar(128) NOT NULL,
	type tinyint(3) unsigned NOT NULL,
	modification_ts timestamp NOT NULL,
	is_array tinyint(1) NOT NULL,
	encapsulate varchar(128) NOT NULL,
	record_types varchar(512),
	user_context longtext,
	class_id bigint unsigned,
	KEY fk_dhcp4_option_def_client_class_id (class_id){{if .V26}},
	KEY fk_option_def_data_type4 (type){{end}},
	KEY key_dhcp4_option_def_code_space (code, space),
	KEY key_dhcp4_option_def_modification_ts (modification_ts),
	PRIMARY KEY (id),
	CONSTRAINT fk_dhcp4_option_def_client_class_id FOREIGN KEY (class_id) REFERENCES dhcp4_client_class (id) ON DELETE CASCADE ON UPDATE CASCADE{{if .V26}},
	CONSTRAINT fk_option_def_data_type4 FOREIGN KEY (type) REFERENCES option_def_data_type (id){{end}}
) ENGINE = InnoDB

CREATE TABLE dhcp4_option_def_server (
	option_def_id bigint unsigned NOT NULL,
	server_id bigint unsigned NOT NULL,
	modification_ts timestamp NOT NULL,
	KEY fk_dhcp4_option_def_server_server_id_idx (server_id),
	KEY key_dhcp4_option_def_server_modification_ts (modification_ts),
	PRIMARY KEY (option_def_id, server_id),
	CONSTRAINT fk_dhcp4_option_def_server_option_def_id FOREIGN KEY (option_def_id) REFERENCES dhcp4_option_def (id) ON DELETE CASCADE ON UPDATE NO ACTION,
	CONSTRAINT fk_dhcp4_option_def_server_server_id FOREIGN KEY (server_id) REFERENCES dhcp4_server (id) ON DELETE CASCADE ON UPDATE NO ACTION
) ENGINE = InnoDB

CREATE TABLE dhcp6_option_def (
	id bigint unsigned NOT NULL AUTO_INCREMENT,
	code smallint(5) unsigned NOT NULL,
	name varchar(128) NOT NULL,
	space varchar(128) NOT NULL,
	type tinyint(3) unsigned NOT NULL,
	modification_ts timestamp NOT NULL,
	is_array tinyint(1) NOT NULL,
	encapsulate varchar(128) NOT NULL,
	record_types varchar(512),
	user_context longtext,
	class_id bigint unsigned,
	KEY fk_dhcp6_option_def_client_class_id (class_id){{if .V26}},
	KEY fk_option_def_data_type6 (type){{end}},
	KEY key_dhcp6_option_def_code_space (code, space),
	KEY key_dhcp6_option_def_modification_ts (modification_ts),
	PRIMARY KEY (id),
	CONSTRAINT fk_dhcp6_option_def_client_class_id FOREIGN KEY (class_id) REFERENCES dhcp6_client_class (id) ON DELETE CASCADE ON UPDATE CASCADE{{if .V26}},
	CONSTRAINT fk_option_def_data_type6 FOREIGN KEY (type) REFERENCES option_def_data_type (id){{end}}
) ENGINE = InnoDB

CREATE TABLE dhcp6_option_def_server (
	option_def_id bigint unsigned NOT NULL,
	server_id bigint unsigned NOT NULL,
	modification_ts timestamp NOT NULL,
	KEY fk_dhcp6_option_def_server_server_id_idx (server_id),
	KEY key_dhcp6_option_def_server_modification_ts (modification_ts),
	PRIMARY KEY (option_def_id, server_id),
	CONSTRAINT fk_dhcp6_option_def_server_option_def_id FOREIGN KEY (option_def_id) REFERENCES dhcp6_option_def (id) ON DELETE CASCADE ON UPDATE NO ACTION,
	CONSTRAINT fk_dhcp6_option_def_server_server_id FOREIGN KEY (server_id) REFERENCES dhcp6_server (id) ON DELETE CASCADE ON UPDATE NO ACTION
) ENGINE = InnoDB

CREATE TABLE parameter_data_type (
	id tinyint(3) unsigned NOT NULL,
	name varchar(32) NOT NULL,
	PRIMARY KEY (id)
) ENGINE = InnoDB

INSERT INTO parameter_data_type VALUES (0, 'integer'), (1, 'real'), (2, 'boolean'), (4, 'string')

CREATE TABLE dhcp4_global_parameter (
	id bigint unsigned NOT NULL AUTO_INCREMENT,
	name varchar(128) NOT NULL,
	value longtext NOT NULL,
	modification_ts timestamp NOT NULL,
	parameter_type tinyint(3) unsigned NOT NULL,
	KEY fk_dhcp4_global_parameter_type (parameter_type),
	KEY key_dhcp4_global_parameter_modification_ts (modification_ts),
	KEY key_dhcp4_global_parameter_name (name),
	PRIMARY KEY (id),
	CONSTRAINT fk_dhcp4_global_parameter_type FOREIGN KEY (parameter_type) REFERENCES parameter_data_type (id)
) ENGINE = InnoDB

CREATE TABLE dhcp4_global_parameter_server (
	parameter_id bigint unsigned NOT NULL,
	server_id bigint unsigned NOT NULL,
	modification_ts timestamp NOT NULL,
	KEY fk_dhcp4_global_parameter_server_server_id (server_id),
	KEY key_dhcp4_global_parameter_server (modification_ts),
	PRIMARY KEY (parameter_id, server_id),
	CONSTRAINT fk_dhcp4_global_parameter_server_parameter_id FOREIGN KEY (parameter_id) REFERENCES dhcp4_global_parameter (id) ON DELETE CASCADE ON UPDATE NO ACTION,
	CONSTRAINT fk_dhcp4_global_parameter_server_server_id FOREIGN KEY (server_id) REFERENCES dhcp4_server (id) ON DELETE CASCADE ON UPDATE NO ACTION
) ENGINE = InnoDB

CREATE TABLE dhcp6_global_parameter (
	id bigint unsigned NOT NULL AUTO_INCREMENT,
	name varchar(128) NOT NULL,
	value longtext NOT NULL,
	modification_ts timestamp NOT NULL,
	parameter_type tinyint(3) unsigned NOT NULL,
	KEY fk_dhcp6_global_parameter_type (parameter_type),
	KEY key_dhcp6_global_parameter_modification_ts (modification_ts),
	KEY key_dhcp6_global_parameter_name (name),
	PRIMARY KEY (id),
	CONSTRAINT fk_dhcp6_global_parameter_type FOREIGN KEY (parameter_type) REFERENCES parameter_data_type (id)
) ENGINE = InnoDB

CREATE TABLE dhcp6_global_parameter_server (
	parameter_id bigint unsigned NOT NULL,
	server_id bigint unsigned NOT NULL,
	modification_ts timestamp NOT NULL,
	KEY fk_dhcp6_global_parameter_server_server_id (server_id),
	KEY key_dhcp6_global_parameter_server (modification_ts),
	PRIMARY KEY (parameter_id, server_id),
	CONSTRAINT fk_dhcp6_global_parameter_server_parameter_id FOREIGN KEY (parameter_id) REFERENCES dhcp6_global_parameter (id) ON DELETE CASCADE ON UPDATE NO ACTION,
	CONSTRAINT fk_dhcp6_global_parameter_server_server_id FOREIGN KEY (server_id) REFERENCES dhcp6_server (id) ON DELETE CASCADE ON UPDATE NO ACTION
) ENGINE = InnoDB

ALTER TABLE dhcp4_options
	ADD CONSTRAINT fk_dhcp4_options_client_class FOREIGN KEY (dhcp_client_class) REFERENCES dhcp4_client_class (name) ON DELETE CASCADE ON UPDATE CASCADE,
	ADD CONSTRAINT fk_dhcp4_options_pool FOREIGN KEY (pool_id) REFERENCES dhcp4_pool (id) ON DELETE CASCADE ON UPDATE CASCADE,
	ADD CONSTRAINT fk_dhcp4_options_shared_network FOREIGN KEY (shared_network_name) REFERENCES dhcp4_shared_network (name) ON DELETE CASCADE ON UPDATE CASCADE,
	ADD CONSTRAINT fk_dhcp4_options_subnet FOREIGN KEY (dhcp4_subnet_id) REFERENCES dhcp4_subnet (subnet_id) ON DELETE CASCADE ON UPDATE CASCADE

ALTER TABLE dhcp6_options
	ADD CONSTRAINT fk_dhcp6_options_client_class FOREIGN KEY (dhcp_client_class) REFERENCES dhcp6_client_class (name) ON DELETE CASCADE ON UPDATE CASCADE,
	ADD CONSTRAINT fk_dhcp6_options_pool FOREIGN KEY (pool_id) REFERENCES dhcp6_pool (id) ON DELETE CASCADE ON UPDATE CASCADE,
	ADD CONSTRAINT fk_dhcp6_options_shared_network FOREIGN KEY (shared_network_name) REFERENCES dhcp6_shared_network (name) ON DELETE CASCADE ON UPDATE CASCADE,
	ADD CONSTRAINT fk_dhcp6_options_subnet FOREIGN KEY (dhcp6_subnet_id) REFERENCES dhcp6_subnet (subnet_id) ON DELETE CASCADE ON UPDATE CASCADE,
	ADD CONSTRAINT fk_dhcp6_options_pd_pool FOREIGN KEY (pd_pool_id) REFERENCES dhcp6_pd_pool (id) ON DELETE CASCADE ON UPDATE CASCADE

{{range $p := .Protocols}}-- Opens a revision: what is changed after that is told to the servers under it. The
-- last argument says that options change along with what they belong to.
CREATE PROCEDURE createAuditRevisionDHCP{{.N}}(IN audit_ts timestamp, IN server_tag varchar(256), IN audit_log_message text, IN cascade_transaction tinyint(1))
BEGIN
	IF COALESCE(@disable_audit, 0) = 0 THEN
		INSERT INTO dhcp{{.N}}_audit_revision (modification_ts, log_message, server_id)
			VALUES (audit_ts, audit_log_message, (SELECT id FROM dhcp{{.N}}_server WHERE tag = server_tag));
		SET @audit_revision_id = LAST_INSERT_ID(), @cascade_transaction = cascade_transaction;
	END IF;
END

CREATE PROCEDURE createAuditEntryDHCP{{.N}}(IN object_type_val varchar(256), IN object_id_val bigint unsigned, IN modification_type_val varchar(32))
BEGIN
	IF COALESCE(@disable_audit, 0) = 0 THEN
		INSERT INTO dhcp{{.N}}_audit (object_type, object_id, revision_id, modification_type)
			SELECT object_type_val, object_id_val, @audit_revision_id, MAX(id) FROM modification WHERE modification_type = modification_type_val;
	END IF;
END

-- A global option is told to the servers itself; for any other one the subnet or
-- shared network that it is in counts as changed.
CREATE PROCEDURE createOptionAuditDHCP{{.N}}(IN kind varchar(32), IN scope tinyint unsigned, IN option_number bigint unsigned, IN subnet int unsigned,
	IN host int unsigned, IN network varchar(128), IN pool bigint, {{if .Typed}}IN pd_pool bigint, {{end}}IN changed timestamp)
BEGIN
	IF COALESCE(@cascade_transaction, 0) = 0 THEN
		CASE scope
			WHEN 0 THEN CALL createAuditEntryDHCP{{.N}}('dhcp{{.N}}_options', option_number, kind);
			WHEN 1 THEN UPDATE dhcp{{.N}}_subnet SET modification_ts = changed WHERE subnet_id = subnet;
			WHEN 4 THEN UPDATE dhcp{{.N}}_shared_network SET modification_ts = changed WHERE name = network;
			WHEN 5 THEN UPDATE dhcp{{.N}}_subnet SET modification_ts = changed WHERE subnet_id = (SELECT p.subnet_id FROM dhcp{{.N}}_pool p WHERE p.id = pool);{{if .Typed}}
			WHEN 6 THEN UPDATE dhcp{{.N}}_subnet SET modification_ts = changed WHERE subnet_id = (SELECT p.subnet_id FROM dhcp{{.N}}_pd_pool p WHERE p.id = pd_pool);{{end}}
			ELSE BEGIN END;
		END CASE;
	END IF;
END

-- Puts a class behind another one, or at the end, and later ones further back.
CREATE PROCEDURE setClientClass{{.N}}Order(IN id bigint unsigned, IN follow_class_name varchar(128), IN old_follow_class_name varchar(128))
proc: BEGIN
	DECLARE place bigint unsigned;
	DECLARE problem text;
	SET @depend_on_known_indirectly = (SELECT o.depend_on_known_indirectly FROM dhcp{{.N}}_client_class_order o WHERE o.class_id = id);
	IF @depend_on_known_indirectly IS NOT NULL AND follow_class_name <=> old_follow_class_name THEN
		UPDATE dhcp{{.N}}_client_class_order o SET o.depend_on_known_indirectly = 0 WHERE o.class_id = id;
		LEAVE proc;
	END IF;
	IF follow_class_name IS NULL THEN
		SET place = (SELECT COALESCE(MAX(o.order_index), 0) + 1 FROM dhcp{{.N}}_client_class_order o);
	ELSE
		SET place = (SELECT o.order_index + 1 FROM dhcp{{.N}}_client_class c JOIN dhcp{{.N}}_client_class_order o ON o.class_id = c.id WHERE c.name = follow_class_name);
		IF place IS NULL THEN
			SET problem = CONCAT('there is no class ', follow_class_name, ' to follow');
			SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = problem;
		END IF;
		IF EXISTS (SELECT 1 FROM dhcp{{.N}}_client_class_order o WHERE o.order_index = place) THEN
			UPDATE dhcp{{.N}}_client_class_order SET order_index = order_index + 1 WHERE order_index >= place ORDER BY order_index DESC;
		END IF;
	END IF;
	IF EXISTS (SELECT 1 FROM dhcp{{.N}}_client_class_dependency d JOIN dhcp{{.N}}_client_class_order o ON o.class_id = d.class_id
		WHERE d.dependency_id = id AND o.order_index < place) THEN
		SET problem = CONCAT('class ', id, ' cannot be moved behind a class that depends on it');
		SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = problem;
	END IF;
	REPLACE INTO dhcp{{.N}}_client_class_order (class_id, order_index, depend_on_known_indirectly) VALUES (id, place, 0);
END

-- Fails unless a class may depend on another one: that has to come before it, and
-- every server that has the class has to have the other, too.
CREATE PROCEDURE checkDHCPv{{.N}}ClientClassDependency(IN class_id bigint unsigned, IN dependency_id bigint unsigned)
BEGIN
	DECLARE own, other bigint unsigned;
	DECLARE problem text;
	SET own = (SELECT o.order_index FROM dhcp{{.N}}_client_class c JOIN dhcp{{.N}}_client_class_order o ON o.class_id = c.id WHERE c.id = class_id);
	SET other = (SELECT o.order_index FROM dhcp{{.N}}_client_class c JOIN dhcp{{.N}}_client_class_order o ON o.class_id = c.id WHERE c.id = dependency_id);
	SET problem = CASE
		WHEN class_id IS NULL OR dependency_id IS NULL THEN 'a dependency needs two classes'
		WHEN class_id = dependency_id THEN 'a class cannot depend on itself'
		WHEN own IS NULL THEN CONCAT('there is no class ', class_id)
		WHEN other IS NULL THEN CONCAT('there is no class ', dependency_id)
		WHEN other > own THEN CONCAT('class ', class_id, ' comes before class ', dependency_id, ' and so cannot depend on it')
		WHEN EXISTS (SELECT 1 FROM dhcp{{.N}}_client_class_server s WHERE s.class_id = class_id AND NOT EXISTS (
			SELECT 1 FROM dhcp{{.N}}_client_class_server d WHERE d.class_id = dependency_id AND d.server_id IN (1, s.server_id)))
			THEN CONCAT('a server that has class ', class_id, ' lacks class ', dependency_id)
	END;
	IF problem IS NOT NULL THEN
		SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = problem;
	END IF;
END

-- A class that depends on one that looks at whether the client is known does, too.
CREATE PROCEDURE updateDHCPv{{.N}}ClientClassKnownDependency(IN client_class_id bigint unsigned, IN dependency_id bigint unsigned)
BEGIN
	UPDATE dhcp{{.N}}_client_class_order SET depend_on_known_indirectly = 1 WHERE class_id = client_class_id AND EXISTS (
		SELECT 1 FROM dhcp{{.N}}_client_class c WHERE c.id = dependency_id AND c.depend_on_known_directly <> 0);
	IF EXISTS (SELECT 1 FROM dhcp{{.N}}_client_class c JOIN dhcp{{.N}}_client_class_order o ON o.class_id = c.id
		WHERE c.id = dependency_id AND c.depend_on_known_directly = 0 AND o.depend_on_known_indirectly <> 0) THEN
		UPDATE dhcp{{.N}}_client_class_order SET depend_on_known_indirectly = 1 WHERE class_id = client_class_id;
	END IF;
END

-- Fails when the class that was changed last, and that others depend on, looks at
-- whether the client is known and did not before, or the other way round.
CREATE PROCEDURE checkDHCPv{{.N}}ClientClassKnownDependencyChange()
BEGIN
	DECLARE before_change, after_change tinyint DEFAULT 0;
	IF @client_class_id IS NOT NULL AND EXISTS (SELECT 1 FROM dhcp{{.N}}_client_class_dependency WHERE dependency_id = @client_class_id) THEN
		SET before_change = COALESCE(@depend_on_known_directly <> 0 OR @depend_on_known_indirectly <> 0, 0);
		SET after_change = (SELECT IF(c.depend_on_known_directly <> 0, c.depend_on_known_directly, o.depend_on_known_indirectly)
			FROM dhcp{{.N}}_client_class c LEFT JOIN dhcp{{.N}}_client_class_order o ON o.class_id = c.id WHERE c.id = @client_class_id);
		IF before_change <> after_change THEN
			SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'others depend on this class, and it must not change whether it looks at known clients';
		END IF;
	END IF;
END

{{range $object := $.Audited}}{{range $.Events}}CREATE TRIGGER dhcp{{$p.N}}_{{$object}}_{{.Suffix}} AFTER {{.Event}} ON dhcp{{$p.N}}_{{$object}} FOR EACH ROW
	CALL createAuditEntryDHCP{{$p.N}}('dhcp{{$p.N}}_{{$object}}', {{.Row}}.id, '{{.Kind}}')

{{end}}{{end}}{{range $.Events}}CREATE TRIGGER dhcp{{$p.N}}_options_{{.Suffix}} AFTER {{.Event}} ON dhcp{{$p.N}}_options FOR EACH ROW
	CALL createOptionAuditDHCP{{$p.N}}('{{.Kind}}', {{.Row}}.scope_id, {{.Row}}.option_id, {{.Row}}.dhcp{{$p.N}}_subnet_id, {{.Row}}.host_id, {{.Row}}.shared_network_name,
		{{.Row}}.pool_id, {{if $p.Typed}}{{.Row}}.pd_pool_id, {{end}}{{if eq .Event "DELETE"}}NOW(){{else}}NEW.modification_ts{{end}})

{{if ne .Event "DELETE"}}CREATE TRIGGER dhcp{{$p.N}}_subnet_{{.Suffix}} AFTER {{.Event}} ON dhcp{{$p.N}}_subnet FOR EACH ROW
	CALL createAuditEntryDHCP{{$p.N}}('dhcp{{$p.N}}_subnet', NEW.subnet_id, '{{.Kind}}')

CREATE TRIGGER dhcp{{$p.N}}_shared_network_{{.Suffix}} AFTER {{.Event}} ON dhcp{{$p.N}}_shared_network FOR EACH ROW
	CALL createAuditEntryDHCP{{$p.N}}('dhcp{{$p.N}}_shared_network', NEW.id, '{{.Kind}}')

{{end}}{{end}}CREATE TRIGGER dhcp{{.N}}_subnet_BDEL BEFORE DELETE ON dhcp{{.N}}_subnet FOR EACH ROW
BEGIN
	CALL createAuditEntryDHCP{{.N}}('dhcp{{.N}}_subnet', OLD.subnet_id, 'delete');
	DELETE FROM dhcp{{.N}}_pool WHERE subnet_id = OLD.subnet_id;{{if .Typed}}
	DELETE FROM dhcp{{.N}}_pd_pool WHERE subnet_id = OLD.subnet_id;{{end}}
	DELETE FROM dhcp{{.N}}_options WHERE dhcp{{.N}}_subnet_id = OLD.subnet_id;
END

CREATE TRIGGER dhcp{{.N}}_shared_network_BDEL BEFORE DELETE ON dhcp{{.N}}_shared_network FOR EACH ROW
BEGIN
	CALL createAuditEntryDHCP{{.N}}('dhcp{{.N}}_shared_network', OLD.id, 'delete');
	UPDATE dhcp{{.N}}_subnet SET shared_network_name = NULL WHERE shared_network_name = OLD.name;
	DELETE FROM dhcp{{.N}}_options WHERE shared_network_name = OLD.name;
END

CREATE TRIGGER dhcp{{.N}}_pool_BDEL BEFORE DELETE ON dhcp{{.N}}_pool FOR EACH ROW
	DELETE FROM dhcp{{.N}}_options WHERE scope_id = 5 AND pool_id = OLD.id

{{if .Typed}}CREATE TRIGGER dhcp{{.N}}_pd_pool_BDEL BEFORE DELETE ON dhcp{{.N}}_pd_pool FOR EACH ROW
	DELETE FROM dhcp{{.N}}_options WHERE scope_id = 6 AND pd_pool_id = OLD.id

{{end}}CREATE TRIGGER dhcp{{.N}}_client_class_AINS AFTER INSERT ON dhcp{{.N}}_client_class FOR EACH ROW
BEGIN
	CALL setClientClass{{.N}}Order(NEW.id, NEW.follow_class_name, NULL);
	CALL createAuditEntryDHCP{{.N}}('dhcp{{.N}}_client_class', NEW.id, 'create');
END

CREATE TRIGGER dhcp{{.N}}_client_class_AUPD AFTER UPDATE ON dhcp{{.N}}_client_class FOR EACH ROW
BEGIN
	SET @client_class_id = NEW.id, @depend_on_known_directly = OLD.depend_on_known_directly;
	CALL setClientClass{{.N}}Order(NEW.id, NEW.follow_class_name, OLD.follow_class_name);
	CALL createAuditEntryDHCP{{.N}}('dhcp{{.N}}_client_class', NEW.id, 'update');
END

CREATE TRIGGER dhcp{{.N}}_client_class_ADEL AFTER DELETE ON dhcp{{.N}}_client_class FOR EACH ROW
	CALL createAuditEntryDHCP{{.N}}('dhcp{{.N}}_client_class', OLD.id, 'delete')

CREATE TRIGGER dhcp{{.N}}_client_class_check_dependency_BINS BEFORE INSERT ON dhcp{{.N}}_client_class_dependency FOR EACH ROW
	CALL checkDHCPv{{.N}}ClientClassDependency(NEW.class_id, NEW.dependency_id)

CREATE TRIGGER dhcp{{.N}}_client_class_dependency_AINS AFTER INSERT ON dhcp{{.N}}_client_class_dependency FOR EACH ROW
	CALL updateDHCPv{{.N}}ClientClassKnownDependency(NEW.class_id, NEW.dependency_id)

{{end}}CREATE TABLE schema_version (
	version int PRIMARY KEY,
	minor int
) ENGINE = InnoDB

INSERT INTO schema_version VALUES ({{.Schema.Major}}, {{.Schema.Minor}})
