#!/usr/bin/env bash
# Run once by the image of PostgreSQL, on an empty volume: the application's own user, which owns its database and is
# nothing else. The database takes the cluster's C collation.
set -euo pipefail

psql --no-psqlrc --set=ON_ERROR_STOP=1 --username="${POSTGRES_USER:-postgres}" --dbname=postgres <<'SQL'
\set password `cat /run/secrets/database_password`
CREATE ROLE ykien LOGIN PASSWORD :'password';
CREATE DATABASE ykien OWNER ykien TEMPLATE template0 ENCODING 'UTF8';
REVOKE ALL ON DATABASE ykien FROM PUBLIC;
SQL
