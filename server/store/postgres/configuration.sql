-- What Kea {{.Version}} needs of a PostgreSQL database to take its configuration from it
-- (config-control with libdhcp_pgsql_cb), beside the tables of schema.sql.
-- Statements end with an empty line.

CREATE TABLE ddns_replace_client_name_types (
	type bigint NOT NULL,
	name varchar(32),
	CONSTRAINT ddns_replace_client_name_types_pkey PRIMARY KEY (type)
)

INSERT INTO ddns_replace_client_name_types VALUES (0, 'RCM_NEVER'), (1, 'RCM_ALWAYS'), (2, 'RCM_WHEN_PRESENT'), (3, 'RCM_WHEN_NOT_PRESENT')

CREATE TABLE dhcp4_audit_revision (
	id serial,
	modification_ts timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
	log_message text,
	server_id bigint,
	CONSTRAINT dhcp4_audit_revision_pkey PRIMARY KEY (id)
)

CREATE TABLE dhcp4_client_class (
	id serial,
	name varchar(128) NOT NULL,
	test text,
	next_server inet,
	server_hostname varchar(128) DEFAULT NULL,
	boot_file_name varchar(512) DEFAULT NULL{{if not .V30}},
	only_if_required boolean NOT NULL DEFAULT false{{end}}{{if .V30}},
	only_in_additional_list boolean NOT NULL DEFAULT false{{end}},
	valid_lifetime bigint,
	min_valid_lifetime bigint,
	max_valid_lifetime bigint,
	depend_on_known_directly boolean NOT NULL DEFAULT false,
	follow_class_name varchar(128) DEFAULT NULL,
	modification_ts timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
	user_context json{{if .V26}},
	offer_lifetime bigint{{end}},
	CONSTRAINT dhcp4_client_class_name_key UNIQUE (name),
	CONSTRAINT dhcp4_client_class_pkey PRIMARY KEY (id)
)

CREATE INDEX key_dhcp4_client_class_modification_ts ON dhcp4_client_class (modification_ts)

CREATE TABLE dhcp4_client_class_dependency (
	class_id bigint NOT NULL,
	dependency_id bigint NOT NULL,
	CONSTRAINT dhcp4_client_class_dependency_pkey PRIMARY KEY (class_id, dependency_id),
	CONSTRAINT dhcp4_client_class_class_id FOREIGN KEY (class_id) REFERENCES dhcp4_client_class(id) ON DELETE CASCADE,
	CONSTRAINT dhcp4_client_class_dependency_id FOREIGN KEY (dependency_id) REFERENCES dhcp4_client_class(id)
)

CREATE INDEX dhcp4_client_class_dependency_id_idx ON dhcp4_client_class_dependency (dependency_id)

CREATE TABLE dhcp4_client_class_order (
	class_id bigint NOT NULL,
	order_index bigint NOT NULL,
	depend_on_known_indirectly boolean NOT NULL DEFAULT false,
	CONSTRAINT dhcp4_client_class_order_pkey PRIMARY KEY (class_id),
	CONSTRAINT fk_dhcp4_client_class_order_class_id FOREIGN KEY (class_id) REFERENCES dhcp4_client_class(id) ON DELETE CASCADE
)

CREATE INDEX key_dhcp4_client_class_order_index ON dhcp4_client_class_order (order_index)

CREATE TABLE dhcp4_server (
	id serial,
	tag varchar(64) NOT NULL,
	description text,
	modification_ts timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
	CONSTRAINT dhcp4_server_tag_key UNIQUE (tag),
	CONSTRAINT dhcp4_server_pkey PRIMARY KEY (id)
)

{{if .V26}}CREATE INDEX dhcp4_server_modification_ts ON dhcp4_server (modification_ts)

{{end}}INSERT INTO dhcp4_server (tag, description, modification_ts) VALUES ('all', 'special type: all servers', CURRENT_TIMESTAMP)

CREATE TABLE dhcp4_client_class_server (
	class_id bigint NOT NULL,
	server_id bigint NOT NULL,
	modification_ts timestamp with time zone,
	CONSTRAINT dhcp4_client_class_server_pkey PRIMARY KEY (class_id, server_id),
	CONSTRAINT fk_dhcp4_client_class_class_id FOREIGN KEY (class_id) REFERENCES dhcp4_client_class(id) ON DELETE CASCADE,
	CONSTRAINT fk_dhcp4_client_class_server_id FOREIGN KEY (server_id) REFERENCES dhcp4_server(id)
)

CREATE INDEX fk_dhcp4_client_class_server_id ON dhcp4_client_class_server (server_id)

CREATE TABLE dhcp4_options_server (
	option_id bigint NOT NULL,
	server_id bigint NOT NULL,
	modification_ts timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
	CONSTRAINT dhcp4_options_server_pkey PRIMARY KEY (option_id, server_id),
	CONSTRAINT fk_dhcp4_options_server_option_id FOREIGN KEY (option_id) REFERENCES dhcp4_options(option_id) ON DELETE CASCADE,
	CONSTRAINT fk_dhcp4_options_server_server_id FOREIGN KEY (server_id) REFERENCES dhcp4_server(id) ON DELETE CASCADE
)

CREATE INDEX dhcp4_options_server_idx1 ON dhcp4_options_server (server_id)

CREATE INDEX dhcp4_options_server_idx2 ON dhcp4_options_server (modification_ts)

CREATE TABLE dhcp4_shared_network (
	id serial,
	name varchar(128) NOT NULL{{if not .V30}},
	client_class varchar(128) DEFAULT NULL{{end}}{{if .V30}},
	client_classes text DEFAULT NULL::varchar{{end}},
	interface varchar(128) DEFAULT NULL,
	match_client_id boolean,
	modification_ts timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
	rebind_timer bigint,
	relay text,
	renew_timer bigint{{if not .V30}},
	require_client_classes text{{end}}{{if .V30}},
	evaluate_additional_classes text{{end}},
	user_context json,
	valid_lifetime bigint,
	authoritative boolean,
	calculate_tee_times boolean,
	t1_percent double precision,
	t2_percent double precision,
	boot_file_name varchar(128) DEFAULT NULL,
	next_server inet,
	server_hostname varchar(64) DEFAULT NULL,
	min_valid_lifetime bigint,
	max_valid_lifetime bigint,
	ddns_send_updates boolean,
	ddns_override_no_update boolean,
	ddns_override_client_update boolean,
	ddns_replace_client_name bigint,
	ddns_generated_prefix varchar(255) DEFAULT NULL,
	ddns_qualifying_suffix varchar(255) DEFAULT NULL,
	reservations_global boolean,
	reservations_in_subnet boolean,
	reservations_out_of_pool boolean,
	cache_threshold double precision,
	cache_max_age bigint{{if .V26}},
	offer_lifetime bigint{{end}}{{if .V26}},
	allocator text{{end}}{{if .V30}},
	ddns_ttl_percent double precision{{end}}{{if .V30}},
	ddns_ttl bigint{{end}}{{if .V30}},
	ddns_ttl_min bigint{{end}}{{if .V30}},
	ddns_ttl_max bigint{{end}},
	CONSTRAINT dhcp4_shared_network_name_key UNIQUE (name),
	CONSTRAINT dhcp4_shared_network_pkey PRIMARY KEY (id),
	CONSTRAINT fk_ddns_replace_client_name FOREIGN KEY (ddns_replace_client_name) REFERENCES ddns_replace_client_name_types(type)
)

CREATE UNIQUE INDEX dhcp4_shared_network_idx1 ON dhcp4_shared_network (name)

CREATE INDEX dhcp4_shared_network_idx2 ON dhcp4_shared_network (modification_ts)

CREATE TABLE dhcp4_shared_network_server (
	shared_network_id bigint NOT NULL,
	server_id bigint NOT NULL,
	modification_ts timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
	CONSTRAINT dhcp4_shared_network_server_pkey PRIMARY KEY (shared_network_id, server_id),
	CONSTRAINT fk_dhcp4_shared_network_server_server_id FOREIGN KEY (server_id) REFERENCES dhcp4_server(id) ON DELETE CASCADE,
	CONSTRAINT fk_dhcp4_shared_network_server_shared_network_id FOREIGN KEY (shared_network_id) REFERENCES dhcp4_shared_network(id) ON DELETE CASCADE
)

CREATE INDEX dhcp4_shared_network_server_idx1 ON dhcp4_shared_network_server (modification_ts)

CREATE INDEX dhcp4_shared_network_server_idx2 ON dhcp4_shared_network_server (server_id)

CREATE TABLE dhcp4_subnet (
	subnet_id bigint NOT NULL,
	subnet_prefix varchar(64) NOT NULL,
	interface_4o6 varchar(128) DEFAULT NULL,
	interface_id_4o6 varchar(128) DEFAULT NULL,
	subnet_4o6 varchar(64) DEFAULT NULL,
	boot_file_name varchar(128) DEFAULT NULL{{if not .V30}},
	client_class varchar(128) DEFAULT NULL{{end}}{{if .V30}},
	client_classes text DEFAULT NULL::varchar{{end}},
	interface varchar(128) DEFAULT NULL,
	match_client_id boolean,
	modification_ts timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
	next_server inet,
	rebind_timer bigint,
	relay text,
	renew_timer bigint{{if not .V30}},
	require_client_classes text{{end}}{{if .V30}},
	evaluate_additional_classes text{{end}},
	server_hostname varchar(64) DEFAULT NULL,
	shared_network_name varchar(128) DEFAULT NULL,
	user_context json,
	valid_lifetime bigint,
	authoritative boolean,
	calculate_tee_times boolean,
	t1_percent double precision,
	t2_percent double precision,
	min_valid_lifetime bigint,
	max_valid_lifetime bigint,
	ddns_send_updates boolean,
	ddns_override_no_update boolean,
	ddns_override_client_update boolean,
	ddns_replace_client_name bigint,
	ddns_generated_prefix varchar(255) DEFAULT NULL,
	ddns_qualifying_suffix varchar(255) DEFAULT NULL,
	reservations_global boolean,
	reservations_in_subnet boolean,
	reservations_out_of_pool boolean,
	cache_threshold double precision,
	cache_max_age bigint{{if .V26}},
	offer_lifetime bigint{{end}}{{if .V26}},
	allocator text{{end}}{{if .V30}},
	ddns_ttl_percent double precision{{end}}{{if .V30}},
	ddns_ttl bigint{{end}}{{if .V30}},
	ddns_ttl_min bigint{{end}}{{if .V30}},
	ddns_ttl_max bigint{{end}},
	CONSTRAINT dhcp4_subnet_subnet_prefix_key UNIQUE (subnet_prefix),
	CONSTRAINT dhcp4_subnet_pkey PRIMARY KEY (subnet_id),
	CONSTRAINT fk_ddns_replace_client_name FOREIGN KEY (ddns_replace_client_name) REFERENCES ddns_replace_client_name_types(type),
	CONSTRAINT fk_dhcp4_subnet_shared_network FOREIGN KEY (shared_network_name) REFERENCES dhcp4_shared_network(name)
)

CREATE INDEX dhcp4_subnet_idx1 ON dhcp4_subnet (modification_ts)

CREATE INDEX dhcp4_subnet_idx2 ON dhcp4_subnet (shared_network_name)

CREATE TABLE dhcp4_pool (
	id serial,
	start_address inet NOT NULL,
	end_address inet NOT NULL,
	subnet_id bigint NOT NULL,
	modification_ts timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP{{if not .V30}},
	client_class varchar(128) DEFAULT NULL{{end}}{{if not .V30}},
	require_client_classes text{{end}}{{if .V30}},
	client_classes text DEFAULT NULL::varchar{{end}}{{if .V30}},
	evaluate_additional_classes text{{end}},
	user_context json,
	CONSTRAINT dhcp4_pool_pkey PRIMARY KEY (id),
	CONSTRAINT fk_dhcp4_pool_subnet_id FOREIGN KEY (subnet_id) REFERENCES dhcp4_subnet(subnet_id)
)

CREATE INDEX dhcp4_pool_idx1 ON dhcp4_pool (modification_ts)

CREATE INDEX dhcp4_pool_idx2 ON dhcp4_pool (subnet_id)

CREATE TABLE dhcp4_subnet_server (
	subnet_id bigint NOT NULL,
	server_id bigint NOT NULL,
	modification_ts timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
	CONSTRAINT dhcp4_subnet_server_pkey PRIMARY KEY (subnet_id, server_id),
	CONSTRAINT fk_dhcp4_subnet_server_server_id FOREIGN KEY (server_id) REFERENCES dhcp4_server(id) ON UPDATE CASCADE ON DELETE CASCADE,
	CONSTRAINT fk_dhcp4_subnet_server_subnet_id FOREIGN KEY (subnet_id) REFERENCES dhcp4_subnet(subnet_id) ON UPDATE CASCADE ON DELETE CASCADE
)

CREATE INDEX dhcp4_subnet_server_idx1 ON dhcp4_subnet_server (server_id)

CREATE INDEX dhcp4_subnet_server_idx2 ON dhcp4_subnet_server (modification_ts)

CREATE TABLE dhcp6_audit_revision (
	id serial,
	modification_ts timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
	log_message text,
	server_id bigint,
	CONSTRAINT dhcp6_audit_revision_pkey PRIMARY KEY (id)
)

CREATE TABLE dhcp6_client_class (
	id serial,
	name varchar(128) NOT NULL,
	test text{{if not .V30}},
	only_if_required boolean NOT NULL DEFAULT false{{end}}{{if .V30}},
	only_in_additional_list boolean NOT NULL DEFAULT false{{end}},
	valid_lifetime bigint,
	min_valid_lifetime bigint,
	max_valid_lifetime bigint,
	depend_on_known_directly boolean NOT NULL DEFAULT false,
	follow_class_name varchar(128) DEFAULT NULL,
	modification_ts timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
	preferred_lifetime bigint,
	min_preferred_lifetime bigint,
	max_preferred_lifetime bigint,
	user_context json,
	CONSTRAINT dhcp6_client_class_name_key UNIQUE (name),
	CONSTRAINT dhcp6_client_class_pkey PRIMARY KEY (id)
)

CREATE INDEX key_dhcp6_client_class_modification_ts ON dhcp6_client_class (modification_ts)

CREATE TABLE dhcp6_client_class_dependency (
	class_id bigint NOT NULL,
	dependency_id bigint NOT NULL,
	CONSTRAINT dhcp6_client_class_dependency_pkey PRIMARY KEY (class_id, dependency_id),
	CONSTRAINT dhcp6_client_class_class_id FOREIGN KEY (class_id) REFERENCES dhcp6_client_class(id) ON DELETE CASCADE,
	CONSTRAINT dhcp6_client_class_dependency_id FOREIGN KEY (dependency_id) REFERENCES dhcp6_client_class(id)
)

CREATE INDEX dhcp6_client_class_dependency_id_idx ON dhcp6_client_class_dependency (dependency_id)

CREATE TABLE dhcp6_client_class_order (
	class_id bigint NOT NULL,
	order_index bigint NOT NULL,
	depend_on_known_indirectly boolean NOT NULL DEFAULT false,
	CONSTRAINT dhcp6_client_class_order_pkey PRIMARY KEY (class_id),
	CONSTRAINT fk_dhcp6_client_class_order_class_id FOREIGN KEY (class_id) REFERENCES dhcp6_client_class(id) ON DELETE CASCADE
)

CREATE INDEX key_dhcp6_client_class_order_index ON dhcp6_client_class_order (order_index)

CREATE TABLE dhcp6_server (
	id serial,
	tag varchar(64) NOT NULL,
	description text,
	modification_ts timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
	CONSTRAINT dhcp6_server_tag_key UNIQUE (tag),
	CONSTRAINT dhcp6_server_pkey PRIMARY KEY (id)
)

{{if not .V26}}CREATE INDEX dhcp4_server_modification_ts ON dhcp6_server (modification_ts)

{{end}}CREATE INDEX dhcp6_server_idx1 ON dhcp6_server (modification_ts)

CREATE UNIQUE INDEX dhcp6_server_idx2 ON dhcp6_server (tag)

INSERT INTO dhcp6_server (tag, description, modification_ts) VALUES ('all', 'special type: all servers', CURRENT_TIMESTAMP)

CREATE TABLE dhcp6_client_class_server (
	class_id bigint NOT NULL,
	server_id bigint NOT NULL,
	modification_ts timestamp with time zone,
	CONSTRAINT dhcp6_client_class_server_pkey PRIMARY KEY (class_id, server_id),
	CONSTRAINT fk_dhcp6_client_class_class_id FOREIGN KEY (class_id) REFERENCES dhcp6_client_class(id) ON DELETE CASCADE,
	CONSTRAINT fk_dhcp6_client_class_server_id FOREIGN KEY (server_id) REFERENCES dhcp6_server(id)
)

CREATE INDEX fk_dhcp6_client_class_server_id ON dhcp6_client_class_server (server_id)

CREATE TABLE dhcp6_options_server (
	option_id bigint NOT NULL,
	server_id bigint NOT NULL,
	modification_ts timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
	CONSTRAINT dhcp6_options_server_pkey PRIMARY KEY (option_id, server_id),
	CONSTRAINT fk_dhcp6_options_server_option_id FOREIGN KEY (option_id) REFERENCES dhcp6_options(option_id) ON DELETE CASCADE,
	CONSTRAINT fk_dhcp6_options_server_server_id FOREIGN KEY (server_id) REFERENCES dhcp6_server(id) ON DELETE CASCADE
)

CREATE INDEX dhcp6_options_server_idx1 ON dhcp6_options_server (server_id)

CREATE INDEX dhcp6_options_server_idx2 ON dhcp6_options_server (modification_ts)

CREATE TABLE dhcp6_shared_network (
	id serial,
	name varchar(128) NOT NULL{{if not .V30}},
	client_class varchar(128) DEFAULT NULL{{end}}{{if .V30}},
	client_classes text DEFAULT NULL::varchar{{end}},
	interface varchar(128) DEFAULT NULL,
	modification_ts timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
	preferred_lifetime bigint,
	rapid_commit boolean,
	rebind_timer bigint,
	relay text,
	renew_timer bigint{{if not .V30}},
	require_client_classes text{{end}}{{if .V30}},
	evaluate_additional_classes text{{end}},
	user_context json,
	valid_lifetime bigint,
	calculate_tee_times boolean,
	t1_percent double precision,
	t2_percent double precision,
	interface_id bytea,
	min_preferred_lifetime bigint,
	max_preferred_lifetime bigint,
	min_valid_lifetime bigint,
	max_valid_lifetime bigint,
	ddns_send_updates boolean,
	ddns_override_no_update boolean,
	ddns_override_client_update boolean,
	ddns_replace_client_name bigint,
	ddns_generated_prefix varchar(255) DEFAULT NULL,
	ddns_qualifying_suffix varchar(255) DEFAULT NULL,
	reservations_global boolean,
	reservations_in_subnet boolean,
	reservations_out_of_pool boolean,
	cache_threshold double precision,
	cache_max_age bigint{{if .V26}},
	allocator text{{end}}{{if .V26}},
	pd_allocator text{{end}}{{if .V30}},
	ddns_ttl_percent double precision{{end}}{{if .V30}},
	ddns_ttl bigint{{end}}{{if .V30}},
	ddns_ttl_min bigint{{end}}{{if .V30}},
	ddns_ttl_max bigint{{end}},
	CONSTRAINT dhcp6_shared_network_name_key UNIQUE (name),
	CONSTRAINT dhcp6_shared_network_pkey PRIMARY KEY (id),
	CONSTRAINT fk_ddns_replace_client_name FOREIGN KEY (ddns_replace_client_name) REFERENCES ddns_replace_client_name_types(type)
)

CREATE INDEX dhcp6_shared_network_idx1 ON dhcp6_shared_network (name)

CREATE TABLE dhcp6_shared_network_server (
	shared_network_id bigint NOT NULL,
	server_id bigint NOT NULL,
	modification_ts timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
	CONSTRAINT dhcp6_shared_network_server_pkey PRIMARY KEY (shared_network_id, server_id),
	CONSTRAINT fk_dhcp6_shared_network_server_server_id FOREIGN KEY (server_id) REFERENCES dhcp6_server(id) ON DELETE CASCADE,
	CONSTRAINT fk_dhcp6_shared_network_server_shared_network_id FOREIGN KEY (shared_network_id) REFERENCES dhcp6_shared_network(id) ON DELETE CASCADE
)

CREATE INDEX dhcp6_shared_network_server_idx1 ON dhcp6_shared_network_server (modification_ts)

CREATE INDEX dhcp6_shared_network_server_idx2 ON dhcp6_shared_network_server (server_id)

CREATE TABLE dhcp6_subnet (
	subnet_id bigint NOT NULL,
	subnet_prefix varchar(64) NOT NULL{{if not .V30}},
	client_class varchar(128) DEFAULT NULL{{end}}{{if .V30}},
	client_classes text DEFAULT NULL::varchar{{end}},
	interface varchar(128) DEFAULT NULL,
	modification_ts timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
	preferred_lifetime bigint,
	rapid_commit boolean,
	rebind_timer bigint,
	relay text,
	renew_timer bigint{{if not .V30}},
	require_client_classes text{{end}}{{if .V30}},
	evaluate_additional_classes text{{end}},
	shared_network_name varchar(128) DEFAULT NULL,
	user_context json,
	valid_lifetime bigint,
	calculate_tee_times boolean,
	t1_percent double precision,
	t2_percent double precision,
	interface_id bytea,
	min_preferred_lifetime bigint,
	max_preferred_lifetime bigint,
	min_valid_lifetime bigint,
	max_valid_lifetime bigint,
	ddns_send_updates boolean,
	ddns_override_no_update boolean,
	ddns_override_client_update boolean,
	ddns_replace_client_name bigint,
	ddns_generated_prefix varchar(255) DEFAULT NULL,
	ddns_qualifying_suffix varchar(255) DEFAULT NULL,
	reservations_global boolean,
	reservations_in_subnet boolean,
	reservations_out_of_pool boolean,
	cache_threshold double precision,
	cache_max_age bigint{{if .V26}},
	allocator text{{end}}{{if .V26}},
	pd_allocator text{{end}}{{if .V30}},
	ddns_ttl_percent double precision{{end}}{{if .V30}},
	ddns_ttl bigint{{end}}{{if .V30}},
	ddns_ttl_min bigint{{end}}{{if .V30}},
	ddns_ttl_max bigint{{end}},
	CONSTRAINT dhcp6_subnet_subnet_prefix_key UNIQUE (subnet_prefix),
	CONSTRAINT dhcp6_subnet_pkey PRIMARY KEY (subnet_id),
	CONSTRAINT fk_ddns_replace_client_name FOREIGN KEY (ddns_replace_client_name) REFERENCES ddns_replace_client_name_types(type),
	CONSTRAINT fk_dhcp6_subnet_shared_network FOREIGN KEY (shared_network_name) REFERENCES dhcp6_shared_network(name)
)

CREATE INDEX dhcp6_subnet_idx1 ON dhcp6_subnet (modification_ts)

CREATE INDEX dhcp6_subnet_idx2 ON dhcp6_subnet (shared_network_name)

CREATE TABLE dhcp6_pd_pool (
	id serial,
	prefix varchar(45) NOT NULL,
	prefix_length smallint NOT NULL,
	delegated_prefix_length smallint NOT NULL,
	subnet_id bigint NOT NULL,
	modification_ts timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
	excluded_prefix varchar(45) DEFAULT NULL,
	excluded_prefix_length smallint NOT NULL{{if not .V30}},
	client_class varchar(128) DEFAULT NULL{{end}}{{if not .V30}},
	require_client_classes text{{end}}{{if .V30}},
	client_classes text DEFAULT NULL::varchar{{end}}{{if .V30}},
	evaluate_additional_classes text{{end}},
	user_context json,
	CONSTRAINT dhcp6_pd_pool_pkey PRIMARY KEY (id),
	CONSTRAINT fk_dhcp6_pd_pool_subnet_id FOREIGN KEY (subnet_id) REFERENCES dhcp6_subnet(subnet_id)
)

CREATE INDEX dhcp6_pd_pool_idx1 ON dhcp6_pd_pool (modification_ts)

CREATE INDEX dhcp6_pd_pool_idx2 ON dhcp6_pd_pool (subnet_id)

CREATE TABLE dhcp6_pool (
	id serial,
	start_address inet NOT NULL,
	end_address inet NOT NULL,
	subnet_id bigint NOT NULL,
	modification_ts timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP{{if not .V30}},
	client_class varchar(128) DEFAULT NULL{{end}}{{if not .V30}},
	require_client_classes text{{end}}{{if .V30}},
	client_classes text DEFAULT NULL::varchar{{end}}{{if .V30}},
	evaluate_additional_classes text{{end}},
	user_context json,
	CONSTRAINT dhcp6_pool_pkey PRIMARY KEY (id),
	CONSTRAINT fk_dhcp6_pool_subnet_id FOREIGN KEY (subnet_id) REFERENCES dhcp6_subnet(subnet_id)
)

CREATE INDEX dhcp6_pool_idx1 ON dhcp6_pool (modification_ts)

CREATE INDEX dhcp6_pool_idx2 ON dhcp6_pool (subnet_id)

CREATE TABLE dhcp6_subnet_server (
	subnet_id bigint NOT NULL,
	server_id bigint NOT NULL,
	modification_ts timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
	CONSTRAINT dhcp6_subnet_server_pkey PRIMARY KEY (subnet_id, server_id),
	CONSTRAINT fk_dhcp6_subnet_server_server_id FOREIGN KEY (server_id) REFERENCES dhcp6_server(id) ON UPDATE CASCADE ON DELETE CASCADE,
	CONSTRAINT fk_dhcp6_subnet_server_subnet_id FOREIGN KEY (subnet_id) REFERENCES dhcp6_subnet(subnet_id) ON UPDATE CASCADE ON DELETE CASCADE
)

CREATE INDEX dhcp6_subnet_server_idx1 ON dhcp6_subnet_server (server_id)

CREATE INDEX dhcp6_subnet_server_idx2 ON dhcp6_subnet_server (modification_ts)

CREATE TABLE modification (
	id smallint NOT NULL,
	modification_type varchar(32) NOT NULL,
	CONSTRAINT modification_pkey PRIMARY KEY (id)
)

INSERT INTO modification VALUES (0, 'create'), (1, 'update'), (2, 'delete')

CREATE TABLE dhcp4_audit (
	id serial,
	object_type varchar(256) NOT NULL,
	object_id bigint NOT NULL,
	modification_type smallint NOT NULL,
	revision_id bigint NOT NULL,
	CONSTRAINT dhcp4_audit_id_key UNIQUE (id),
	CONSTRAINT fk_dhcp4_audit_modification_type FOREIGN KEY (modification_type) REFERENCES modification(id),
	CONSTRAINT fk_dhcp4_audit_revision FOREIGN KEY (revision_id) REFERENCES dhcp4_audit_revision(id) ON UPDATE CASCADE
)

CREATE INDEX dhcp4_audit_idx1 ON dhcp4_audit (modification_type)

CREATE INDEX dhcp4_audit_idx2 ON dhcp4_audit (revision_id)

CREATE TABLE dhcp6_audit (
	id serial,
	object_type varchar(256) NOT NULL,
	object_id bigint NOT NULL,
	modification_type smallint NOT NULL,
	revision_id bigint NOT NULL,
	CONSTRAINT dhcp6_audit_id_key UNIQUE (id),
	CONSTRAINT fk_dhcp6_audit_modification_type FOREIGN KEY (modification_type) REFERENCES modification(id),
	CONSTRAINT fk_dhcp6_audit_revision FOREIGN KEY (revision_id) REFERENCES dhcp6_audit_revision(id) ON UPDATE CASCADE
)

CREATE INDEX dhcp6_audit_idx1 ON dhcp6_audit (modification_type)

CREATE INDEX dhcp6_audit_idx2 ON dhcp6_audit (revision_id)

{{if .V26}}CREATE TABLE option_def_data_type (
	id smallint NOT NULL,
	name varchar(32) NOT NULL,
	CONSTRAINT option_def_data_type_pkey PRIMARY KEY (id)
)

INSERT INTO option_def_data_type VALUES
	(0, 'empty'), (1, 'binary'), (2, 'boolean'), (3, 'int8'), (4, 'int16'), (5, 'int32'), (6, 'uint8'), (7, 'uint16'), (8, 'uint32'),
	(10, 'ipv4-address'), (11, 'ipv6-address'), (12, 'ipv6-prefix'), (13, 'psid'), (14, 'string'), (15, 'tuple'), (16, 'fqdn'), (17, 'internal'), (254, 'record')

{{end}}CREATE TABLE dhcp4_option_def (
	id serial,
	code smallint NOT NULL,
	name varchar(128) NOT NULL,
	space varchar(128) NOT NULL,
	type smallint NOT NULL,
	modification_ts timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
	is_array boolean NOT NULL,
	encapsulate varchar(128) NOT NULL,
	record_types varchar,
	user_context json,
	class_id bigint,
	CONSTRAINT dhcp4_option_def_pkey PRIMARY KEY (id),
	CONSTRAINT fk_dhcp4_option_def_client_class_id FOREIGN KEY (class_id) REFERENCES dhcp4_client_class(id) ON UPDATE CASCADE ON DELETE CASCADE{{if .V26}},
	CONSTRAINT fk_option_def_data_type4 FOREIGN KEY (type) REFERENCES option_def_data_type(id){{end}}
)

CREATE INDEX dhcp4_option_def_idx1 ON dhcp4_option_def (modification_ts)

CREATE INDEX dhcp4_option_def_idx2 ON dhcp4_option_def (code, space)

CREATE INDEX fk_dhcp4_option_def_client_class_id ON dhcp4_option_def (class_id)

CREATE TABLE dhcp4_option_def_server (
	option_def_id bigint NOT NULL,
	server_id bigint NOT NULL,
	modification_ts timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
	CONSTRAINT dhcp4_option_def_server_pkey PRIMARY KEY (option_def_id, server_id),
	CONSTRAINT dhcp4_option_def_server_option_def_id_fkey FOREIGN KEY (option_def_id) REFERENCES dhcp4_option_def(id) ON DELETE CASCADE,
	CONSTRAINT dhcp4_option_def_server_server_id_fkey FOREIGN KEY (server_id) REFERENCES dhcp4_server(id) ON DELETE CASCADE,
	CONSTRAINT fk_dhcp4_option_def_server_option_def_id FOREIGN KEY (option_def_id) REFERENCES dhcp4_option_def(id) ON DELETE CASCADE,
	CONSTRAINT fk_dhcp4_option_def_server_server_id FOREIGN KEY (server_id) REFERENCES dhcp4_server(id)
)

CREATE INDEX fk_dhcp4_option_def_server_server_id ON dhcp4_option_def_server (server_id)

CREATE TABLE dhcp6_option_def (
	id serial,
	code smallint NOT NULL,
	name varchar(128) NOT NULL,
	space varchar(128) NOT NULL,
	type smallint NOT NULL,
	modification_ts timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
	is_array boolean NOT NULL,
	encapsulate varchar(128) NOT NULL,
	record_types varchar,
	user_context json,
	class_id bigint,
	CONSTRAINT dhcp6_option_def_pkey PRIMARY KEY (id),
	CONSTRAINT fk_dhcp6_option_def_client_class_id FOREIGN KEY (class_id) REFERENCES dhcp6_client_class(id) ON UPDATE CASCADE ON DELETE CASCADE{{if .V26}},
	CONSTRAINT fk_option_def_data_type6 FOREIGN KEY (type) REFERENCES option_def_data_type(id){{end}}
)

CREATE INDEX dhcp6_option_def_idx1 ON dhcp6_option_def (modification_ts)

CREATE INDEX dhcp6_option_def_idx2 ON dhcp6_option_def (code, space)

CREATE INDEX fk_dhcp6_option_def_client_class_id ON dhcp6_option_def (class_id)

CREATE TABLE dhcp6_option_def_server (
	option_def_id bigint NOT NULL,
	server_id bigint NOT NULL,
	modification_ts timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
	CONSTRAINT dhcp6_option_def_server_pkey PRIMARY KEY (option_def_id, server_id),
	CONSTRAINT dhcp6_option_def_server_option_def_id_fkey FOREIGN KEY (option_def_id) REFERENCES dhcp6_option_def(id) ON DELETE CASCADE,
	CONSTRAINT dhcp6_option_def_server_server_id_fkey FOREIGN KEY (server_id) REFERENCES dhcp6_server(id) ON DELETE CASCADE,
	CONSTRAINT fk_dhcp6_option_def_server_option_def_id FOREIGN KEY (option_def_id) REFERENCES dhcp6_option_def(id) ON DELETE CASCADE,
	CONSTRAINT fk_dhcp6_option_def_server_server_id FOREIGN KEY (server_id) REFERENCES dhcp6_server(id)
)

CREATE INDEX fk_dhcp6_option_def_server_server_id ON dhcp6_option_def_server (server_id)

CREATE TABLE parameter_data_type (
	id smallint NOT NULL,
	name varchar(32) NOT NULL,
	CONSTRAINT parameter_data_type_pkey PRIMARY KEY (id)
)

INSERT INTO parameter_data_type VALUES (0, 'integer'), (1, 'real'), (2, 'boolean'), (4, 'string')

CREATE TABLE dhcp4_global_parameter (
	id serial,
	name varchar(128) NOT NULL,
	value text NOT NULL,
	modification_ts timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
	parameter_type smallint NOT NULL,
	CONSTRAINT dhcp4_global_parameter_pkey PRIMARY KEY (id),
	CONSTRAINT fk_dhcp6_global_parameter_type FOREIGN KEY (parameter_type) REFERENCES parameter_data_type(id)
)

CREATE INDEX dhcp4_global_parameter_idx1 ON dhcp4_global_parameter (modification_ts)

CREATE INDEX dhcp4_global_parameter_idx2 ON dhcp4_global_parameter (name)

CREATE TABLE dhcp4_global_parameter_server (
	parameter_id bigint NOT NULL,
	server_id bigint NOT NULL,
	modification_ts timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
	CONSTRAINT dhcp4_global_parameter_server_pkey PRIMARY KEY (parameter_id, server_id),
	CONSTRAINT fk_dhcp4_global_parameter_server_parameter_id FOREIGN KEY (parameter_id) REFERENCES dhcp4_global_parameter(id) ON DELETE CASCADE,
	CONSTRAINT fk_dhcp4_global_parameter_server_server_id FOREIGN KEY (server_id) REFERENCES dhcp4_server(id) ON DELETE CASCADE
)

CREATE INDEX fk_dhcp4_global_parameter_server_server_id ON dhcp4_global_parameter_server (server_id)

CREATE INDEX key_dhcp4_global_parameter_idx1 ON dhcp4_global_parameter_server (modification_ts)

CREATE TABLE dhcp6_global_parameter (
	id serial,
	name varchar(128) NOT NULL,
	value text NOT NULL,
	modification_ts timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
	parameter_type smallint NOT NULL,
	CONSTRAINT dhcp6_global_parameter_pkey PRIMARY KEY (id),
	CONSTRAINT fk_dhcp6_global_parameter_type FOREIGN KEY (parameter_type) REFERENCES parameter_data_type(id)
)

CREATE INDEX key_dhcp6_global_parameter_idx1 ON dhcp6_global_parameter (modification_ts)

CREATE INDEX key_dhcp6_global_parameter_idx2 ON dhcp6_global_parameter (name)

CREATE TABLE dhcp6_global_parameter_server (
	parameter_id bigint NOT NULL,
	server_id bigint NOT NULL,
	modification_ts timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
	CONSTRAINT dhcp6_global_parameter_server_pkey PRIMARY KEY (parameter_id, server_id),
	CONSTRAINT fk_dhcp6_global_parameter_server_parameter_id FOREIGN KEY (parameter_id) REFERENCES dhcp6_global_parameter(id) ON DELETE CASCADE,
	CONSTRAINT fk_dhcp6_global_parameter_server_server_id FOREIGN KEY (server_id) REFERENCES dhcp6_server(id) ON DELETE CASCADE
)

CREATE INDEX fk_dhcp6_global_parameter_server_server_id ON dhcp6_global_parameter_server (server_id)

CREATE INDEX key_dhcp6_global_parameter_server_idx1 ON dhcp6_global_parameter_server (modification_ts)

ALTER TABLE dhcp4_options ADD CONSTRAINT fk_dhcp4_options_pool FOREIGN KEY (pool_id) REFERENCES dhcp4_pool(id) ON UPDATE CASCADE ON DELETE CASCADE

ALTER TABLE dhcp4_options ADD CONSTRAINT fk_dhcp4_options_shared_network FOREIGN KEY (shared_network_name) REFERENCES dhcp4_shared_network(name) ON UPDATE CASCADE ON DELETE CASCADE

ALTER TABLE dhcp4_options ADD CONSTRAINT fk_dhcp4_options_subnet FOREIGN KEY (dhcp4_subnet_id) REFERENCES dhcp4_subnet(subnet_id) ON UPDATE CASCADE ON DELETE CASCADE

ALTER TABLE dhcp6_options ADD CONSTRAINT fk_dhcp6_options_pd_pool FOREIGN KEY (pd_pool_id) REFERENCES dhcp6_pd_pool(id) ON UPDATE CASCADE ON DELETE CASCADE

ALTER TABLE dhcp6_options ADD CONSTRAINT fk_dhcp6_options_pool FOREIGN KEY (pool_id) REFERENCES dhcp6_pool(id) ON UPDATE CASCADE ON DELETE CASCADE

ALTER TABLE dhcp6_options ADD CONSTRAINT fk_dhcp6_options_shared_network FOREIGN KEY (shared_network_name) REFERENCES dhcp6_shared_network(name) ON UPDATE CASCADE ON DELETE CASCADE

ALTER TABLE dhcp6_options ADD CONSTRAINT fk_dhcp6_options_subnet FOREIGN KEY (dhcp6_subnet_id) REFERENCES dhcp6_subnet(subnet_id) ON UPDATE CASCADE ON DELETE CASCADE

-- What Kea keeps for the length of a session, under names that begin with "kea.".
CREATE FUNCTION get_session_value(name text) RETURNS text LANGUAGE sql AS $$ SELECT current_setting(name, true) $$

CREATE FUNCTION get_session_big_int(name text) RETURNS bigint LANGUAGE sql AS $$ SELECT COALESCE(NULLIF(get_session_value(name), ''), '0')::bigint $$

CREATE FUNCTION get_session_boolean(name text) RETURNS boolean LANGUAGE sql AS $$ SELECT COALESCE(NULLIF(get_session_value(name), ''), 'false')::boolean $$

{{range .SessionTypes}}CREATE FUNCTION set_session_value(name text, value {{.}}) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config(name, value::text, false);
END $$

{{end}}-- A time as the seconds since 1970 that a clock in this session's zone shows.
CREATE FUNCTION gmt_epoch(input_ts timestamp with time zone) RETURNS bigint LANGUAGE sql STABLE AS $$
	SELECT (extract(epoch FROM input_ts) + extract(timezone FROM input_ts))::bigint
$$

-- Kea's triggers of this name change nothing: they come after the row is written.
CREATE FUNCTION modification_ts_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RETURN NULL;
END $$

{{range $p := .Protocols}}-- Opens a revision: what is changed after that is told to the servers under it. The
-- last argument says that options change along with what they belong to.
CREATE FUNCTION createAuditRevisionDHCP{{.N}}(audit_ts timestamp with time zone, server_tag varchar, audit_log_message text, cascade_transaction boolean)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	revision bigint;
BEGIN
	IF NOT get_session_boolean('kea.disable_audit') THEN
		INSERT INTO dhcp{{.N}}_audit_revision (modification_ts, log_message, server_id)
			VALUES (audit_ts, audit_log_message, (SELECT s.id FROM dhcp{{.N}}_server s WHERE s.tag = server_tag)) RETURNING id INTO revision;
		PERFORM set_session_value('kea.audit_revision_id', revision), set_session_value('kea.cascade_transaction', cascade_transaction);
	END IF;
END $$

CREATE FUNCTION createAuditEntryDHCP{{.N}}(object_type_val varchar, object_id_val bigint, modification_type_val varchar)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	IF NOT get_session_boolean('kea.disable_audit') THEN
		INSERT INTO dhcp{{.N}}_audit (object_type, object_id, revision_id, modification_type)
			SELECT object_type_val, object_id_val, get_session_big_int('kea.audit_revision_id'), MAX(m.id) FROM modification m WHERE m.modification_type = modification_type_val;
	END IF;
END $$

-- A global option is told to the servers itself; for any other one the subnet or
-- shared network that it is in counts as changed.
CREATE FUNCTION dhcp{{.N}}_option_changed(kind varchar, o dhcp{{.N}}_options, changed timestamp with time zone) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	IF get_session_boolean('kea.cascade_transaction') THEN
		RETURN;
	END IF;
	CASE o.scope_id
		WHEN 0 THEN PERFORM createAuditEntryDHCP{{.N}}('dhcp{{.N}}_options', o.option_id, kind);
		WHEN 1 THEN UPDATE dhcp{{.N}}_subnet SET modification_ts = changed WHERE subnet_id = o.dhcp{{.N}}_subnet_id;
		WHEN 4 THEN UPDATE dhcp{{.N}}_shared_network SET modification_ts = changed WHERE name = o.shared_network_name;
		WHEN 5 THEN UPDATE dhcp{{.N}}_subnet SET modification_ts = changed WHERE subnet_id = (SELECT p.subnet_id FROM dhcp{{.N}}_pool p WHERE p.id = o.pool_id);{{if .Typed}}
		WHEN 6 THEN UPDATE dhcp{{.N}}_subnet SET modification_ts = changed WHERE subnet_id = (SELECT p.subnet_id FROM dhcp{{.N}}_pd_pool p WHERE p.id = o.pd_pool_id);{{end}}
		ELSE NULL;
	END CASE;
END $$

CREATE FUNCTION dhcp{{.N}}_options_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	CASE TG_OP
		WHEN 'INSERT' THEN PERFORM dhcp{{.N}}_option_changed('create', NEW, NEW.modification_ts);
		WHEN 'UPDATE' THEN PERFORM dhcp{{.N}}_option_changed('update', NEW, NEW.modification_ts);
		ELSE PERFORM dhcp{{.N}}_option_changed('delete', OLD, NOW());
	END CASE;
	RETURN NULL;
END $$

-- Tells the servers of a row of any other table, whose key is in the column that
-- the trigger names.
CREATE FUNCTION dhcp{{.N}}_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	CASE TG_OP
		WHEN 'INSERT' THEN PERFORM createAuditEntryDHCP{{.N}}(TG_TABLE_NAME::varchar, (to_json(NEW)->>TG_ARGV[0])::bigint, 'create');
		WHEN 'UPDATE' THEN PERFORM createAuditEntryDHCP{{.N}}(TG_TABLE_NAME::varchar, (to_json(NEW)->>TG_ARGV[0])::bigint, 'update');
		ELSE PERFORM createAuditEntryDHCP{{.N}}(TG_TABLE_NAME::varchar, (to_json(OLD)->>TG_ARGV[0])::bigint, 'delete');
	END CASE;
	RETURN NULL;
END $$

-- Puts a class behind another one, or at the end, and later ones further back.
CREATE FUNCTION setClientClass{{.N}}Order(id bigint, new_follow_class_name varchar, old_follow_class_name varchar) RETURNS void LANGUAGE plpgsql AS $$
#variable_conflict use_variable
DECLARE
	known boolean;
	place bigint;
BEGIN
	SELECT o.depend_on_known_indirectly INTO known FROM dhcp{{.N}}_client_class_order o WHERE o.class_id = id;
	PERFORM set_session_value('kea.depend_on_known_indirectly', known);
	IF known IS NOT NULL AND new_follow_class_name IS NOT DISTINCT FROM old_follow_class_name THEN
		UPDATE dhcp{{.N}}_client_class_order o SET depend_on_known_indirectly = false WHERE o.class_id = id;
		RETURN;
	END IF;
	IF new_follow_class_name IS NULL THEN
		SELECT COALESCE(MAX(o.order_index), 0) + 1 INTO place FROM dhcp{{.N}}_client_class_order o;
	ELSE
		SELECT o.order_index + 1 INTO place FROM dhcp{{.N}}_client_class c JOIN dhcp{{.N}}_client_class_order o ON o.class_id = c.id WHERE c.name = new_follow_class_name;
		IF place IS NULL THEN
			RAISE 'there is no class % to follow', new_follow_class_name USING ERRCODE = 'sql_routine_exception';
		END IF;
		IF EXISTS (SELECT 1 FROM dhcp{{.N}}_client_class_order o WHERE o.order_index = place) THEN
			UPDATE dhcp{{.N}}_client_class_order o SET order_index = o.order_index + 1 WHERE o.order_index >= place;
		END IF;
	END IF;
	IF EXISTS (SELECT 1 FROM dhcp{{.N}}_client_class_dependency d JOIN dhcp{{.N}}_client_class_order o ON o.class_id = d.class_id
		WHERE d.dependency_id = id AND o.order_index < place) THEN
		RAISE 'class % cannot be moved behind a class that depends on it', id USING ERRCODE = 'sql_routine_exception';
	END IF;
	UPDATE dhcp{{.N}}_client_class_order o SET order_index = place WHERE o.class_id = id;
	IF NOT FOUND THEN
		INSERT INTO dhcp{{.N}}_client_class_order VALUES (id, place, false);
	END IF;
END $$

-- Fails unless a class may depend on another one: that has to come before it, and
-- every server that has the class has to have the other, too.
CREATE FUNCTION checkDHCPv{{.N}}ClientClassDependency(p_class_id bigint, p_dependency_id bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	own bigint := (SELECT o.order_index FROM dhcp{{.N}}_client_class c JOIN dhcp{{.N}}_client_class_order o ON o.class_id = c.id WHERE c.id = p_class_id);
	other bigint := (SELECT o.order_index FROM dhcp{{.N}}_client_class c JOIN dhcp{{.N}}_client_class_order o ON o.class_id = c.id WHERE c.id = p_dependency_id);
	problem text := CASE
		WHEN p_class_id IS NULL OR p_dependency_id IS NULL THEN 'a dependency needs two classes'
		WHEN p_class_id = p_dependency_id THEN 'a class cannot depend on itself'
		WHEN own IS NULL THEN 'there is no class ' || p_class_id
		WHEN other IS NULL THEN 'there is no class ' || p_dependency_id
		WHEN other > own THEN 'class ' || p_class_id || ' comes before class ' || p_dependency_id || ' and so cannot depend on it'
		WHEN EXISTS (SELECT 1 FROM dhcp{{.N}}_client_class_server s WHERE s.class_id = p_class_id AND NOT EXISTS (
			SELECT 1 FROM dhcp{{.N}}_client_class_server d WHERE d.class_id = p_dependency_id AND d.server_id IN (1, s.server_id)))
			THEN 'a server that has class ' || p_class_id || ' lacks class ' || p_dependency_id
	END;
BEGIN
	IF problem IS NOT NULL THEN
		RAISE '%', problem USING ERRCODE = 'sql_routine_exception';
	END IF;
END $$

-- A class that depends on one that looks at whether the client is known does, too.
CREATE FUNCTION updateDHCPv{{.N}}ClientClassKnownDependency(client_class_id bigint, dependency_id bigint) RETURNS void LANGUAGE plpgsql AS $$
#variable_conflict use_variable
BEGIN
	IF EXISTS (SELECT 1 FROM dhcp{{.N}}_client_class c LEFT JOIN dhcp{{.N}}_client_class_order o ON o.class_id = c.id
		WHERE c.id = dependency_id AND (c.depend_on_known_directly OR o.depend_on_known_indirectly)) THEN
		UPDATE dhcp{{.N}}_client_class_order o SET depend_on_known_indirectly = true WHERE o.class_id = client_class_id;
	END IF;
END $$

-- Fails when the class that was changed last, and that others depend on, looks at
-- whether the client is known and did not before, or the other way round. (That of
-- kea-admin fails for every class that others depend on: one of its variables has
-- the name of a column.)
CREATE FUNCTION checkDHCPv{{.N}}ClientClassKnownDependencyChange() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	class bigint := get_session_big_int('kea.client_class_id');
	before_change boolean := get_session_boolean('kea.depend_on_known_directly') OR get_session_boolean('kea.depend_on_known_indirectly');
	after_change boolean := (SELECT c.depend_on_known_directly OR COALESCE(o.depend_on_known_indirectly, false)
		FROM dhcp{{.N}}_client_class c LEFT JOIN dhcp{{.N}}_client_class_order o ON o.class_id = c.id WHERE c.id = class);
BEGIN
	IF before_change <> after_change AND EXISTS (SELECT 1 FROM dhcp{{.N}}_client_class_dependency d WHERE d.dependency_id = class) THEN
		RAISE 'others depend on this class, and it must not change whether it looks at known clients' USING ERRCODE = 'sql_routine_exception';
	END IF;
END $$

CREATE FUNCTION dhcp{{.N}}_subnet_goes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM createAuditEntryDHCP{{.N}}('dhcp{{.N}}_subnet', OLD.subnet_id, 'delete');
	DELETE FROM dhcp{{.N}}_pool WHERE subnet_id = OLD.subnet_id;{{if .Typed}}
	DELETE FROM dhcp{{.N}}_pd_pool WHERE subnet_id = OLD.subnet_id;{{end}}
	DELETE FROM dhcp{{.N}}_options WHERE dhcp{{.N}}_subnet_id = OLD.subnet_id;
	RETURN OLD;
END $$

CREATE FUNCTION dhcp{{.N}}_shared_network_goes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM createAuditEntryDHCP{{.N}}('dhcp{{.N}}_shared_network', OLD.id, 'delete');
	UPDATE dhcp{{.N}}_subnet SET shared_network_name = NULL WHERE shared_network_name = OLD.name;
	DELETE FROM dhcp{{.N}}_options WHERE shared_network_name = OLD.name;
	RETURN OLD;
END $$

CREATE FUNCTION dhcp{{.N}}_pool_goes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM dhcp{{.N}}_options WHERE scope_id = 5 AND pool_id = OLD.id;
	RETURN OLD;
END $$

CREATE FUNCTION dhcp{{.N}}_client_class_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP = 'INSERT' THEN
		PERFORM setClientClass{{.N}}Order(NEW.id, NEW.follow_class_name, NULL);
		PERFORM createAuditEntryDHCP{{.N}}('dhcp{{.N}}_client_class', NEW.id, 'create');
	ELSE
		PERFORM set_session_value('kea.depend_on_known_directly', OLD.depend_on_known_directly), set_session_value('kea.client_class_id', NEW.id);
		PERFORM setClientClass{{.N}}Order(NEW.id, NEW.follow_class_name, OLD.follow_class_name);
		PERFORM createAuditEntryDHCP{{.N}}('dhcp{{.N}}_client_class', NEW.id, 'update');
	END IF;
	RETURN NULL;
END $$

CREATE FUNCTION dhcp{{.N}}_dependency_comes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_WHEN = 'BEFORE' THEN
		PERFORM checkDHCPv{{.N}}ClientClassDependency(NEW.class_id, NEW.dependency_id);
	ELSE
		PERFORM updateDHCPv{{.N}}ClientClassKnownDependency(NEW.class_id, NEW.dependency_id);
	END IF;
	RETURN NEW;
END $$

{{range $object := $.Audited}}{{range $.Events}}CREATE TRIGGER dhcp{{$p.N}}_{{$object}}_{{.Suffix}} AFTER {{.Event}} ON dhcp{{$p.N}}_{{$object}} FOR EACH ROW EXECUTE PROCEDURE dhcp{{$p.N}}_changed('id')

{{end}}{{end}}{{range $.Events}}CREATE TRIGGER dhcp{{$p.N}}_options_{{.Suffix}} AFTER {{.Event}} ON dhcp{{$p.N}}_options FOR EACH ROW EXECUTE PROCEDURE dhcp{{$p.N}}_options_changed()

{{if ne .Event "DELETE"}}CREATE TRIGGER dhcp{{$p.N}}_subnet_{{.Suffix}} AFTER {{.Event}} ON dhcp{{$p.N}}_subnet FOR EACH ROW EXECUTE PROCEDURE dhcp{{$p.N}}_changed('subnet_id')

CREATE TRIGGER dhcp{{$p.N}}_shared_network_{{.Suffix}} AFTER {{.Event}} ON dhcp{{$p.N}}_shared_network FOR EACH ROW EXECUTE PROCEDURE dhcp{{$p.N}}_changed('id')

CREATE TRIGGER dhcp{{$p.N}}_client_class_{{.Suffix}} AFTER {{.Event}} ON dhcp{{$p.N}}_client_class FOR EACH ROW EXECUTE PROCEDURE dhcp{{$p.N}}_client_class_changed()

{{end}}{{end}}CREATE TRIGGER dhcp{{.N}}_client_class_ADEL AFTER DELETE ON dhcp{{.N}}_client_class FOR EACH ROW EXECUTE PROCEDURE dhcp{{.N}}_changed('id')

CREATE TRIGGER dhcp{{.N}}_client_class_check_dependency_BINS BEFORE INSERT ON dhcp{{.N}}_client_class_dependency FOR EACH ROW EXECUTE PROCEDURE dhcp{{.N}}_dependency_comes()

CREATE TRIGGER dhcp{{.N}}_client_class_dependency_AINS AFTER INSERT ON dhcp{{.N}}_client_class_dependency FOR EACH ROW EXECUTE PROCEDURE dhcp{{.N}}_dependency_comes()

CREATE TRIGGER dhcp{{.N}}_subnet_BDEL BEFORE DELETE ON dhcp{{.N}}_subnet FOR EACH ROW EXECUTE PROCEDURE dhcp{{.N}}_subnet_goes()

CREATE TRIGGER dhcp{{.N}}_shared_network_BDEL BEFORE DELETE ON dhcp{{.N}}_shared_network FOR EACH ROW EXECUTE PROCEDURE dhcp{{.N}}_shared_network_goes()

CREATE TRIGGER dhcp{{.N}}_pool_BDEL BEFORE DELETE ON dhcp{{.N}}_pool FOR EACH ROW EXECUTE PROCEDURE dhcp{{.N}}_pool_goes()

{{range $.Stamped}}CREATE TRIGGER dhcp{{$p.N}}_{{.}}_modification_ts_update AFTER UPDATE ON dhcp{{$p.N}}_{{.}} FOR EACH ROW EXECUTE PROCEDURE modification_ts_update()

{{end}}CREATE TRIGGER dhcp{{.N}}_subnet_modification_ts_update AFTER UPDATE ON dhcp{{.N}}_{{if .Typed}}server{{else}}subnet{{end}} FOR EACH ROW EXECUTE PROCEDURE modification_ts_update()

{{if .Typed}}CREATE TRIGGER dhcp6_pd_pool_modification_ts_update AFTER UPDATE ON dhcp6_pd_pool FOR EACH ROW EXECUTE PROCEDURE modification_ts_update()

{{end}}{{end}}CREATE TABLE schema_version (
	version integer PRIMARY KEY,
	minor integer
)

INSERT INTO schema_version VALUES ({{.Schema.Major}}, {{.Schema.Minor}})
