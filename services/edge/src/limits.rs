//! The named limits of the transports. Bounds of the content itself stand with its rules in `domain`.

use std::time::Duration;

/// The largest message or body that is read, in bytes.
pub const MAX_MESSAGE_BYTES: usize = 4 * 1024 * 1024;

/// The largest message that is sent, in bytes: the answer to a batch of long comments.
pub const MAX_ANSWER_BYTES: usize = 64 * 1024 * 1024;

/// The most bytes of one page: a client's own default for what it receives is 4 MiB, and its header needs room.
pub const MAX_PAGE_BYTES: usize = 3 * 1024 * 1024 + 512 * 1024;

/// The largest document that is read for its sections, in bytes.
pub const MAX_DOCUMENT_BYTES: usize = 2 * 1024 * 1024;

/// The most comments in one stream of `BulkSubmitComments`.
pub const MAX_BULK: usize = 100_000;

/// How many answers of a stream wait for a slow client before the work itself waits.
pub const STREAM_BUFFER: usize = 64;

/// The most streams that follow a draft or its counts at once, in one process: in all, and of one agency.
pub const MAX_WATCHES: (usize, usize) = (2_000, 500);

/// The most bulk streams at once: more would only wait for each other at the draft's lock. In all, and of one agency.
pub const MAX_BULKS: (usize, usize) = (64, 16);

/// The most streams of collected comments at once: each may hold 10 MiB for a slow client. In all, and of one agency.
pub const MAX_COLLECTIONS: (usize, usize) = (64, 16);

/// The most requests at once on one connection: HTTP/2's own limit of streams.
pub const MAX_STREAMS_PER_CONNECTION: u32 = 256;

/// The most header bytes of a request.
pub const MAX_HEADER_BYTES: u32 = 16 * 1024;

/// The most headers of a request over HTTP/1; over HTTP/2 their bytes bound them.
pub const MAX_HEADERS: usize = 100;

/// How long a client may take to send a request's head over HTTP/1, and be idle before the next.
pub const HEADER_TIMEOUT: Duration = Duration::from_secs(10);

/// The most streams that a client has reset and nobody has looked at; with one more the connection ends.
pub const MAX_PENDING_RESETS: usize = 20;

/// The most streams that the server had to reset for a client's errors; with one more the connection ends.
pub const MAX_RESETS_FOR_ERRORS: usize = 256;

/// A connection is asked to leave after this, so that clients spread over new replicas and new certificates.
pub const CONNECTION_AGE: Duration = Duration::from_secs(60 * 60);

/// And is cut after so much more: streams resume from their revision.
pub const CONNECTION_GRACE: Duration = Duration::from_secs(5 * 60);

/// The most requests that the HTTP API answers at once; the next is refused, health aside.
pub const MAX_REQUESTS: usize = 1_024;

/// How long a request may take, streams aside.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a bulk stream waits for its client's next item before it ends.
pub const BULK_IDLE: Duration = Duration::from_secs(60);

/// How often an idle connection is asked whether it lives (HTTP/2 ping).
pub const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(30);

/// How long the answer to that may take.
pub const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(20);

/// How long running requests have to end when the server stops.
pub const DRAIN: Duration = Duration::from_secs(20);

/// The most comments of one kind that a reconciliation names; all are counted.
pub const MAX_NAMED: usize = 10_000;

/// The most exports at once, in one process: most of them wait for their turn, or for a slow client. In all, and of one agency.
pub const MAX_EXPORTS: (usize, usize) = (32, 8);

/// How long writing a document may take: a million comments take longer than a request may.
pub const EXPORT_TIMEOUT: Duration = Duration::from_secs(5 * 60);
