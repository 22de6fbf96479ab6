-- How clients prove who they are: two secrets at a time, or keys of their own.

-- The secret before the last rotation, while it lives on beside `secret_hash`. That is empty for a client that has keys alone.
ALTER TABLE clients ADD COLUMN previous_secret_hash TEXT;
-- Its public keys: a JSON array of {"kid", "jwk"}.
ALTER TABLE clients ADD COLUMN public_keys TEXT NOT NULL DEFAULT '[]';

-- The assertions that a client used, until they have ended: none is taken twice, on whichever replica.
CREATE TABLE used_assertions (
    client_id TEXT NOT NULL,
    -- SHA-256 of the assertion's `jti`, in base64url.
    jti_hash TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (client_id, jti_hash)
);
-- Those that have ended are deleted by each use.
CREATE INDEX used_assertions_by_end ON used_assertions (expires_at);
