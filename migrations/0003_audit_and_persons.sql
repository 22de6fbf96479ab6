-- Where each change came from: the address of the caller's connection. The installation's own commands have none, and
-- neither have the changes made before this column.
ALTER TABLE events ADD COLUMN address TEXT;

-- The hash chain over each log, made beside the writes: a seal is the chain's head at `revision`, signed. One follows
-- another (`previous` is the revision of the one before it, 0 for the first), so two sealers can't fork a chain.
CREATE TABLE seals (
    draft BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    previous BIGINT NOT NULL,
    -- SHA-256 and an Ed25519 signature, in hexadecimal.
    hash TEXT NOT NULL,
    sealed_at BIGINT NOT NULL,
    kid TEXT NOT NULL,
    signature TEXT NOT NULL,
    PRIMARY KEY (draft, revision),
    UNIQUE (draft, previous)
);

-- How far each log is sealed: so that the newest seal is missed when somebody takes it away.
CREATE TABLE sealed (
    draft BIGINT NOT NULL PRIMARY KEY,
    revision BIGINT NOT NULL
);

-- The public keys that sealed: a signing key is deleted once its last token has ended, and its seals are checked for ever.
CREATE TABLE seal_keys (
    kid TEXT NOT NULL PRIMARY KEY,
    public_pem TEXT NOT NULL
);

-- The names of natural persons, the only place that has them. Everything else (`comments.speaker`, `responses.signer`,
-- events, kept answers) has `person`, which is a commitment: SHA-256 over a salt and what is named. When a name is erased
-- its salt goes with it, and what is left says nothing about it.
CREATE TABLE persons (
    draft BIGINT NOT NULL,
    person TEXT NOT NULL,
    -- What names the person: `comments/12`, `responses/3`.
    subject TEXT NOT NULL,
    salt TEXT NOT NULL,
    name TEXT NOT NULL,
    capacity TEXT NOT NULL,
    -- The revision that named the person, and the one that erased the name.
    revision BIGINT NOT NULL,
    erased BIGINT,
    PRIMARY KEY (draft, person)
);

-- Who read comments of others that not everybody who takes part may read.
CREATE TABLE disclosures (
    draft BIGINT NOT NULL,
    -- A UUID, version 7: in the order of time.
    disclosure TEXT NOT NULL,
    at BIGINT NOT NULL,
    operation TEXT NOT NULL,
    agency TEXT NOT NULL,
    client TEXT NOT NULL,
    role TEXT NOT NULL,
    address TEXT,
    -- The draft's revision that was read; how many such comments; the lowest and the highest number among them.
    revision BIGINT NOT NULL,
    comments BIGINT NOT NULL,
    lowest BIGINT NOT NULL,
    highest BIGINT NOT NULL,
    PRIMARY KEY (draft, disclosure)
);
