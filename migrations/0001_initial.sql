-- The schema of ykien, for SQLite and PostgreSQL alike: see README.md for the dialect.
-- Times are microseconds since 1970-01-01T00:00:00Z. Ids are made by the application.
-- Every table below a draft has a key that begins with the draft, so that the schema shards by it.

-- The installation's own change counter: agencies, clients, the making of drafts.
CREATE TABLE registry (
    id BIGINT NOT NULL PRIMARY KEY,
    revision BIGINT NOT NULL
);
INSERT INTO registry (id, revision) VALUES (1, 0);

CREATE TABLE agencies (
    code TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    short_name TEXT NOT NULL,
    name_en TEXT NOT NULL,
    kind TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    succeeded_by TEXT REFERENCES agencies (code),
    changed BIGINT NOT NULL
);

-- Integrations. The secret is an argon2id hash (PHC string).
CREATE TABLE clients (
    client_id TEXT NOT NULL PRIMARY KEY,
    agency TEXT NOT NULL REFERENCES agencies (code),
    role TEXT NOT NULL,
    name TEXT NOT NULL,
    secret_hash TEXT NOT NULL,
    disabled BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    changed BIGINT NOT NULL
);

-- The keys that sign tokens; the newest that is not retired signs.
CREATE TABLE signing_keys (
    kid TEXT NOT NULL PRIMARY KEY,
    private_pem TEXT NOT NULL,
    public_pem TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    retired_at BIGINT
);

CREATE TABLE drafts (
    draft_id TEXT NOT NULL PRIMARY KEY,
    title TEXT NOT NULL,
    summary TEXT NOT NULL,
    drafting_agency TEXT NOT NULL REFERENCES agencies (code),
    -- Orders the changes and names a state of the draft; the row's lock orders its writers.
    revision BIGINT NOT NULL,
    -- The last revision that changed what a submission is checked against: versions, rounds, rosters, who answers.
    -- While it stands, what was read of them once need not be read again.
    arranged BIGINT NOT NULL DEFAULT 0,
    -- The newest version, and the highest number given out of each kind.
    version BIGINT NOT NULL,
    section_count BIGINT NOT NULL,
    round_count BIGINT NOT NULL,
    comment_count BIGINT NOT NULL,
    response_count BIGINT NOT NULL,
    directive_count BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    changed BIGINT NOT NULL
);

-- One tree a version. Section 0 is the whole document. `responsible` is what `assigned` means down the tree.
CREATE TABLE sections (
    draft_id TEXT NOT NULL REFERENCES drafts (draft_id),
    version BIGINT NOT NULL,
    section BIGINT NOT NULL,
    parent BIGINT,
    position BIGINT NOT NULL,
    depth BIGINT NOT NULL,
    level TEXT NOT NULL,
    label TEXT NOT NULL,
    heading TEXT NOT NULL,
    body TEXT NOT NULL,
    assigned TEXT REFERENCES agencies (code),
    responsible TEXT REFERENCES agencies (code),
    removed BOOLEAN NOT NULL,
    PRIMARY KEY (draft_id, version, section)
);

CREATE TABLE rounds (
    draft_id TEXT NOT NULL REFERENCES drafts (draft_id),
    round BIGINT NOT NULL,
    title TEXT NOT NULL,
    version BIGINT NOT NULL,
    state TEXT NOT NULL,
    deadline BIGINT NOT NULL,
    silence_rule TEXT NOT NULL,
    silence_basis TEXT NOT NULL,
    late_rule TEXT NOT NULL,
    visibility TEXT NOT NULL,
    admission TEXT NOT NULL,
    opened_at BIGINT,
    closed_at BIGINT,
    changed BIGINT NOT NULL,
    PRIMARY KEY (draft_id, round)
);

CREATE TABLE invitations (
    draft_id TEXT NOT NULL,
    round BIGINT NOT NULL,
    agency TEXT NOT NULL REFERENCES agencies (code),
    position BIGINT NOT NULL,
    PRIMARY KEY (draft_id, round, agency),
    FOREIGN KEY (draft_id, round) REFERENCES rounds (draft_id, round)
);
-- Which drafts an agency may see.
CREATE INDEX invitations_of_agency ON invitations (agency, draft_id);

-- No foreign keys: a submission is checked against roster, round and section under its draft's lock, and a key per
-- column would cost it a third of its rate. `ykien verify` finds a row that refers to nothing.
CREATE TABLE comments (
    draft_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    round BIGINT NOT NULL,
    agency TEXT NOT NULL,
    section BIGINT NOT NULL,
    anchor_kind TEXT NOT NULL,
    quote TEXT NOT NULL,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    proposed_change TEXT NOT NULL,
    -- Title, text, proposed change and quote, blind to case and diacritics: what search compares.
    folded TEXT NOT NULL,
    channel TEXT NOT NULL,
    speaker TEXT NOT NULL,
    status TEXT NOT NULL,
    late BOOLEAN NOT NULL,
    assigned TEXT,
    response BIGINT,
    source_id TEXT NOT NULL,
    source_status TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    -- The last change that its agency may see: proposals left out.
    written_at BIGINT NOT NULL,
    written BIGINT NOT NULL,
    -- The decision in force; its history is in `decisions`.
    published BOOLEAN NOT NULL,
    outcome TEXT,
    explanation TEXT,
    decided_agency TEXT,
    decided_client TEXT,
    decided_at BIGINT,
    implemented_in BIGINT,
    PRIMARY KEY (draft_id, number)
);
-- Reading order under each grouping: one range of an index is one group's comments on one section, by number.
CREATE INDEX comments_by_section ON comments (draft_id, section, number);
CREATE INDEX comments_by_agency ON comments (draft_id, agency, section, number);
CREATE INDEX comments_by_status ON comments (draft_id, status, section, number);
CREATE INDEX comments_by_assigned ON comments (draft_id, assigned, section, number) WHERE assigned IS NOT NULL;

-- Every decision that was ever made; the newest that has not fallen is in force.
CREATE TABLE decisions (
    draft_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    explanation TEXT NOT NULL,
    agency TEXT NOT NULL,
    client TEXT NOT NULL,
    decided_at BIGINT NOT NULL,
    fallen BOOLEAN NOT NULL,
    PRIMARY KEY (draft_id, number, revision),
    FOREIGN KEY (draft_id, number) REFERENCES comments (draft_id, number)
);

CREATE TABLE responses (
    draft_id TEXT NOT NULL,
    response BIGINT NOT NULL,
    round BIGINT NOT NULL,
    agency TEXT NOT NULL REFERENCES agencies (code),
    stance TEXT NOT NULL,
    letter_number TEXT NOT NULL,
    letter_date TEXT,
    signer TEXT NOT NULL,
    capacity TEXT NOT NULL,
    late BOOLEAN NOT NULL,
    superseded_by BIGINT,
    created_at BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    PRIMARY KEY (draft_id, response),
    FOREIGN KEY (draft_id, round) REFERENCES rounds (draft_id, round)
);

CREATE TABLE directives (
    draft_id TEXT NOT NULL REFERENCES drafts (draft_id),
    directive BIGINT NOT NULL,
    text TEXT NOT NULL,
    section BIGINT NOT NULL,
    responsible TEXT NOT NULL REFERENCES agencies (code),
    due TEXT,
    issued_by TEXT NOT NULL,
    issued_on TEXT,
    completion_note TEXT,
    completed_in BIGINT,
    completed_at BIGINT,
    completed_agency TEXT,
    changed BIGINT NOT NULL,
    PRIMARY KEY (draft_id, directive)
);

-- The change log: one row a revision, gapless. The registry's has an empty draft_id.
CREATE TABLE events (
    draft_id TEXT NOT NULL,
    revision BIGINT NOT NULL,
    at BIGINT NOT NULL,
    operation TEXT NOT NULL,
    kind TEXT NOT NULL,
    agency TEXT NOT NULL,
    client TEXT NOT NULL,
    role TEXT NOT NULL,
    request_id TEXT,
    -- Whether it changes what the cells of a cube mean, and how its comments moved between them (JSON).
    structural BOOLEAN NOT NULL,
    moves TEXT NOT NULL,
    -- What happened, with what was before (JSON).
    change TEXT NOT NULL,
    PRIMARY KEY (draft_id, revision)
);

-- The first answer to each request id. The registry's have an empty draft_id.
CREATE TABLE requests (
    draft_id TEXT NOT NULL,
    agency TEXT NOT NULL,
    operation TEXT NOT NULL,
    request_id TEXT NOT NULL,
    -- SHA-256 of the request as parsed, in hexadecimal.
    body_hash TEXT NOT NULL,
    answer TEXT NOT NULL,
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (draft_id, agency, operation, request_id)
);
-- Which comments were revised since a search index was made.
CREATE INDEX events_of_revision ON events (draft_id, revision) WHERE kind = 'comment_revised';

-- The search index of a draft: a projection of its comments, made after the writes and beside them. Everything below
-- can be deleted; it is made again.
CREATE TABLE search_indexes (
    draft_id TEXT NOT NULL PRIMARY KEY,
    -- Comments up to `numbered` are in it, as they were at `revision` or later.
    revision BIGINT NOT NULL,
    numbered BIGINT NOT NULL,
    next_segment BIGINT NOT NULL,
    -- Who writes it holds the newest turn since `turned_at`; 0 when nobody does.
    turn BIGINT NOT NULL,
    turned_at BIGINT NOT NULL
);

-- A batch of comments, or several merged into one, that can be asked. It has 2^bits blocks.
CREATE TABLE search_segments (
    draft_id TEXT NOT NULL,
    segment BIGINT NOT NULL,
    level BIGINT NOT NULL,
    bits BIGINT NOT NULL,
    -- The lowest comment's number; how many comments; how many pairs of a term and a comment.
    base BIGINT NOT NULL,
    comments BIGINT NOT NULL,
    postings BIGINT NOT NULL,
    PRIMARY KEY (draft_id, segment)
);

-- `place` is segment * 65,536 + block. A block has the terms with the same highest bits, in the form of
-- `domain::search::block`; one without terms has no row.
CREATE TABLE search_blocks (
    draft_id TEXT NOT NULL,
    place BIGINT NOT NULL,
    postings BYTEA NOT NULL,
    PRIMARY KEY (draft_id, place)
);
