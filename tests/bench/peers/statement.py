"""What both peers share: the body of a submission, and its one statement on ykien's own schema."""

import json
import struct
import time
import uuid

from pydantic import BaseModel, Field


class Submission(BaseModel):
    draft: str = Field(max_length=63)
    section: int = Field(ge=0)
    text: str = Field(max_length=50_000)
    proposed_change: str = Field(max_length=50_000)
    request_id: str = Field(max_length=36)


def values(submission: Submission) -> dict:
    """The values of the statement's parameters, by name. Change and moves are about as long as ykien's own."""
    now = time.time_ns() // 1000
    comment = {
        "draft": submission.draft, "number": 0, "round": 1, "agency": "H37.01",
        "content": {
            "anchor": {"kind": "section", "section": submission.section, "quote": ""}, "kind": "substantive",
            "title": "", "text": submission.text, "proposed_change": submission.proposed_change,
        },
        "channel": "written", "speaker": "", "status": "pending", "late": False, "decision": None, "assigned": None,
        "responsible": "H37.00", "response": None, "source": {"id": "", "status": ""}, "version": 1,
        "created_at": now, "updated_at": now, "changed": 0, "written_at": now, "written": 0,
    }
    # What the request is known by: its id is random enough.
    key_high, key_low = struct.unpack(">qq", uuid.UUID(submission.request_id).bytes)
    cell = {"s": submission.section, "t": "pending", "a": "H37.01", "k": "substantive", "c": "written", "n": 1}
    return {
        "draft": submission.draft, "section": submission.section, "text": submission.text,
        "proposed_change": submission.proposed_change, "now": now, "request_id": submission.request_id,
        "key_high": key_high, "key_low": key_low, "body_hash": "0" * 64, "moves": json.dumps([{"t": cell, "n": 1}]),
        "change": json.dumps({"change": "comment_submitted", "comment": comment}, ensure_ascii=False),
    }


# The parameters in the order of `values`.
STATEMENT = """
WITH d AS (
    UPDATE drafts SET last_revision = last_revision + 1, last_number = last_number + 1 WHERE draft_id = {draft}
    RETURNING draft, last_number AS number, last_revision AS revision
), c AS (
    INSERT INTO comments (draft, number, round, agency, section, anchor_kind, quote, kind, title, text,
        proposed_change, channel, speaker, status, late, source_id, source_status, version, created_at,
        updated_at, changed, written_at, written, published)
    SELECT draft, number, 1, 'H37.01', CAST({section} AS BIGINT), 'section', '', 'substantive', '',
        CAST({text} AS TEXT), CAST({proposed_change} AS TEXT), 'written', '', 'pending', FALSE,
        '', '', 1, CAST({now} AS BIGINT), CAST({now} AS BIGINT), revision, CAST({now} AS BIGINT), revision, FALSE
    FROM d
), e AS (
    INSERT INTO events (draft, revision, at, operation, kind, agency, client, role, request_id, structural, moves,
        change)
    SELECT draft, revision, CAST({now} AS BIGINT), 'SubmitComment', 'comment_submitted', 'H37.01', 'client-1',
        'contributor', CAST({request_id} AS TEXT), FALSE, CAST({moves} AS TEXT), CAST({change} AS TEXT)
    FROM d
), r AS (
    INSERT INTO requests (draft, key_high, key_low, body_hash, answer, revision)
    SELECT draft, CAST({key_high} AS BIGINT), CAST({key_low} AS BIGINT), CAST({body_hash} AS TEXT), '', revision
    FROM d
)
SELECT number, revision FROM d
"""
NAMES = ["draft", "section", "text", "proposed_change", "now", "request_id", "key_high", "key_low", "body_hash", "moves",
         "change"]
