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
    -- What every table below says in the place of the id, and the registry's revision that made the draft: keys that begin with a
    -- number cost a submission a fifth less of the database than keys that begin with the id.
    draft BIGINT NOT NULL PRIMARY KEY,
    draft_id TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    summary TEXT NOT NULL,
    drafting_agency TEXT NOT NULL REFERENCES agencies (code),
    -- Who may add comments without this row's lock: see `writers`.
    writer BIGINT,
    -- The last revision that changed what a submission is checked against: versions, rounds, rosters, who answers.
    -- While it stands, what was read of them once need not be read again.
    arranged BIGINT NOT NULL DEFAULT 0,
    -- The newest version, and the highest number given out of each kind; that of comments is the last of `comments`.
    version BIGINT NOT NULL,
    section_count BIGINT NOT NULL,
    round_count BIGINT NOT NULL,
    response_count BIGINT NOT NULL,
    directive_count BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    changed BIGINT NOT NULL
);

-- A process that adds comments, while nobody else changes the drafts that name it. The lock of a draft's row orders whoever
-- changes the draft; its writer adds comments without, and locks its own row here in the place of the rows of all the drafts
-- in a group: that took a twentieth of the database's time. Whoever else locks a draft deletes its writer first, and so
-- waits for what that has under way; the writer then goes on under another number, and asks for each draft's row again.
CREATE TABLE writers (
    writer BIGINT NOT NULL PRIMARY KEY
);

-- One tree a version. Section 0 is the whole document. `responsible` is what `assigned` means down the tree.
CREATE TABLE sections (
    draft BIGINT NOT NULL REFERENCES drafts (draft),
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
    PRIMARY KEY (draft, version, section)
);

CREATE TABLE rounds (
    draft BIGINT NOT NULL REFERENCES drafts (draft),
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
    PRIMARY KEY (draft, round)
);

CREATE TABLE invitations (
    draft BIGINT NOT NULL,
    round BIGINT NOT NULL,
    agency TEXT NOT NULL REFERENCES agencies (code),
    position BIGINT NOT NULL,
    PRIMARY KEY (draft, round, agency),
    FOREIGN KEY (draft, round) REFERENCES rounds (draft, round)
);
-- Which drafts an agency may see.
CREATE INDEX invitations_of_agency ON invitations (agency, draft);

-- No foreign keys: a submission is checked against roster, round and section under its draft's lock, and a key per
-- column would cost it a third of its rate. `ykien verify` finds a row that refers to nothing.
CREATE TABLE comments (
    draft BIGINT NOT NULL,
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
    PRIMARY KEY (draft, number)
);
-- Reading order under each grouping: one range of an index is one group's comments on one section, by number. Those of any
-- agency and status are merged, a range for each status: an index of their own would cost every submission a ninth of the
-- database's time.
CREATE INDEX comments_by_agency ON comments (draft, agency, section, number);
CREATE INDEX comments_by_status ON comments (draft, status, section, number);
CREATE INDEX comments_by_assigned ON comments (draft, assigned, section, number) WHERE assigned IS NOT NULL;

-- Every decision that was ever made; the newest that has not fallen is in force.
CREATE TABLE decisions (
    draft BIGINT NOT NULL,
    number BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    explanation TEXT NOT NULL,
    agency TEXT NOT NULL,
    client TEXT NOT NULL,
    decided_at BIGINT NOT NULL,
    fallen BOOLEAN NOT NULL,
    PRIMARY KEY (draft, number, revision),
    FOREIGN KEY (draft, number) REFERENCES comments (draft, number)
);

CREATE TABLE responses (
    draft BIGINT NOT NULL,
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
    PRIMARY KEY (draft, response),
    FOREIGN KEY (draft, round) REFERENCES rounds (draft, round)
);

CREATE TABLE directives (
    draft BIGINT NOT NULL REFERENCES drafts (draft),
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
    PRIMARY KEY (draft, directive)
);

-- The change log: one row a revision, gapless. The registry's is that of draft 0.
CREATE TABLE events (
    draft BIGINT NOT NULL,
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
    PRIMARY KEY (draft, revision)
);

-- The first answer to each request id. The registry's are those of draft 0.
CREATE TABLE requests (
    draft BIGINT NOT NULL,
    -- The first 128 bits of SHA-256 over who asked, for what and with which id; its event has them in words. Ids are
    -- random, so each lands on another page of the index: the narrower the key, the fewer pages.
    key_high BIGINT NOT NULL,
    key_low BIGINT NOT NULL,
    -- SHA-256 of the request as parsed, in hexadecimal.
    body_hash TEXT NOT NULL,
    answer TEXT NOT NULL,
    revision BIGINT NOT NULL,
    PRIMARY KEY (draft, key_high, key_low)
);
-- Which comments were revised since a search index was made.
CREATE INDEX events_of_revision ON events (draft, revision) WHERE kind = 'comment_revised';

-- The search index of a draft: a projection of its comments, made after the writes and beside them. Everything below
-- can be deleted; it is made again.
CREATE TABLE search_indexes (
    draft BIGINT NOT NULL PRIMARY KEY,
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
    draft BIGINT NOT NULL,
    segment BIGINT NOT NULL,
    level BIGINT NOT NULL,
    bits BIGINT NOT NULL,
    -- The lowest comment's number; how many comments; how many pairs of a term and a comment.
    base BIGINT NOT NULL,
    comments BIGINT NOT NULL,
    postings BIGINT NOT NULL,
    PRIMARY KEY (draft, segment)
);

-- `place` is segment * 65,536 + block. A block has the terms with the same highest bits, in the form of
-- `domain::search::block`; one without terms has no row.
CREATE TABLE search_blocks (
    draft BIGINT NOT NULL,
    place BIGINT NOT NULL,
    postings BYTEA NOT NULL,
    PRIMARY KEY (draft, place)
);
