//! Who gets what: the independent statement, written by hand.

use super::aim::Target::{self, Absent, Foreign, Neighbours, Nowhere, Own};
use super::world::Standing;

/// Of the installation, not of one thing in it.
const WHOLE: &[Target] = &[Own];
/// A thing of the installation.
const ENTRY: &[Target] = &[Own, Absent];
/// Made for one's own agency, or for another.
const FOUND: &[Target] = &[Own, Neighbours];
/// A draft as a whole.
const DRAFT: &[Target] = &[Own, Foreign, Nowhere];
/// A thing of a draft.
const THING: &[Target] = &[Own, Neighbours, Absent, Foreign, Nowhere];

/// What everybody gets from one operation: a letter for each target, in their order.
///
/// `s` success · `r` refused by a rule of the matter, not of permission · `d` PERMISSION_DENIED · `n` NOT_FOUND ·
/// `h` either of these two
#[derive(Debug)]
pub struct Row {
    /// The use case.
    pub operation: &'static str,
    /// What it is aimed at.
    pub targets: &'static [Target],
    /// A column for each standing, in their order.
    letters: [&'static str; 6],
}

impl Row {
    /// The letters for this standing.
    pub fn letters(&self, standing: Standing) -> &'static str {
        self.letters[standing as usize]
    }
}

const fn row(operation: &'static str, targets: &'static [Target], letters: [&'static str; 6]) -> Row {
    Row { operation, targets, letters }
}

/// The table. Callers act in the order of the columns and operations in that of the ports' tables: where a rule refuses
/// (`r`), it is because somebody was faster, or because the agency named is not known. The clerk may not speak even for
/// itself, and nor may the responsible agency: they were not invited.
#[rustfmt::skip]
pub static TABLE: &[Row] = &[
    //                                  invited  clerk    observer answers  drafter  admin
    row("ListAgencies",        WHOLE, ["s",     "s",     "s",     "s",     "s",     "s"]),
    row("GetAgency",           ENTRY, ["sn",    "sn",    "sn",    "sn",    "sn",    "sn"]),
    row("CreateAgency",        WHOLE, ["d",     "d",     "d",     "d",     "d",     "s"]),
    row("UpdateAgency",        ENTRY, ["dd",    "dd",    "dd",    "dd",    "dd",    "sn"]),
    row("SucceedAgency",       ENTRY, ["dd",    "dd",    "dd",    "dd",    "dd",    "sn"]),
    row("ListClients",         WHOLE, ["d",     "d",     "d",     "d",     "d",     "s"]),
    row("GetClient",           ENTRY, ["dd",    "dd",    "dd",    "dd",    "dd",    "sn"]),
    row("CreateClient",        WHOLE, ["d",     "d",     "d",     "d",     "d",     "s"]),
    row("RotateClient",        ENTRY, ["dd",    "dd",    "dd",    "dd",    "dd",    "sn"]),
    row("EndClientSecret",     ENTRY, ["dd",    "dd",    "dd",    "dd",    "dd",    "sn"]),
    row("SetClientKeys",       ENTRY, ["dd",    "dd",    "dd",    "dd",    "dd",    "sn"]),
    row("DisableClient",       ENTRY, ["dd",    "dd",    "dd",    "dd",    "dd",    "sn"]),
    // On the installation's database alone: no port offers it.
    row("RotateSigningKeys",   WHOLE, ["d",     "d",     "d",     "d",     "d",     "s"]),
    row("ListRegistryEvents",  WHOLE, ["d",     "d",     "d",     "d",     "d",     "s"]),
    row("ExportRegistryAudit", WHOLE, ["d",     "d",     "d",     "d",     "d",     "s"]),

    row("ListDrafts",          WHOLE, ["s",     "s",     "s",     "s",     "s",     "s"]),
    row("CreateDraft",         FOUND, ["dd",    "dd",    "dd",    "dd",    "sd",    "ss"]),
    row("GetDraft",            DRAFT, ["snn",   "snn",   "ssn",   "snn",   "snn",   "ssn"]),
    row("ListSections",        DRAFT, ["snn",   "snn",   "ssn",   "snn",   "snn",   "ssn"]),
    row("CompareVersions",     DRAFT, ["snn",   "snn",   "ssn",   "snn",   "snn",   "ssn"]),
    row("CreateVersion",       DRAFT, ["dnn",   "dnn",   "ddn",   "dnn",   "snn",   "ssn"]),
    row("AssignSection",       THING, ["dddnn", "dddnn", "ddddn", "dddnn", "ssnnn", "ssnsn"]),

    // Another's round: one that is being prepared.
    row("ListRounds",          DRAFT, ["snn",   "snn",   "ssn",   "snn",   "snn",   "ssn"]),
    row("GetRound",            THING, ["snnnn", "snnnn", "ssnsn", "snnnn", "ssnnn", "ssnsn"]),
    row("CreateRound",         DRAFT, ["dnn",   "dnn",   "ddn",   "dnn",   "snn",   "ssn"]),
    row("ListInvitations",     THING, ["snnnn", "snnnn", "ssnsn", "snnnn", "ssnnn", "ssnsn"]),
    row("InviteAgencies",      THING, ["dddnn", "dddnn", "ddddn", "dddnn", "ssnnn", "ssnsn"]),
    row("UninviteAgency",      THING, ["dddnn", "dddnn", "ddddn", "dddnn", "srnnn", "srnsn"]),
    row("ExtendRound",         THING, ["dddnn", "dddnn", "ddddn", "dddnn", "ssnnn", "ssnsn"]),
    row("OpenRound",           THING, ["dddnn", "dddnn", "ddddn", "dddnn", "ssnnn", "rrnrn"]),
    row("CloseRound",          THING, ["dddnn", "dddnn", "ddddn", "dddnn", "ssnnn", "rrnrn"]),
    row("ConcludeRound",       THING, ["dddnn", "dddnn", "ddddn", "dddnn", "ssnnn", "rrnrn"]),

    // Another's: said in the neighbour's name; absent: in the name of an agency that nobody knows.
    row("SubmitComment",       THING, ["sddnn", "dddnn", "ddddn", "dddnn", "ssrnn", "ssrsn"]),
    row("SubmitResponse",      THING, ["sddnn", "dddnn", "ddddn", "dddnn", "ssrnn", "ssrsn"]),
    row("ImportComments",      THING, ["sddnn", "dddnn", "ddddn", "dddnn", "ssrnn", "ssrsn"]),
    row("RecordOralOpinion",   THING, ["dddnn", "dddnn", "ddddn", "dddnn", "ssrnn", "ssrsn"]),

    // Another's comment: the neighbour's, for which the responsible agency does not answer. Its own: one that it
    // answers for, which it decides but does not write.
    row("ListComments",        DRAFT, ["snn",   "snn",   "ssn",   "snn",   "snn",   "ssn"]),
    row("ListPlacements",      DRAFT, ["snn",   "snn",   "ssn",   "snn",   "snn",   "ssn"]),
    row("Collect",             DRAFT, ["snn",   "snn",   "ssn",   "snn",   "snn",   "ssn"]),
    row("GetComment",          THING, ["snnnn", "nnnnn", "ssnsn", "snnnn", "ssnnn", "ssnsn"]),
    row("ReviseComment",       THING, ["snnnn", "nnnnn", "ddhdn", "nnnnn", "ssnnn", "ssnsn"]),
    row("AssignComment",       THING, ["dddnn", "dddnn", "ddddn", "dddnn", "ssnnn", "ssnsn"]),
    row("DecideComment",       THING, ["dddnn", "dddnn", "ddddn", "snnnn", "ssnnn", "ssnsn"]),
    row("BatchDecideComments", THING, ["dddnn", "dddnn", "ddddn", "snnnn", "ssnnn", "ssnsn"]),
    row("MarkImplemented",     THING, ["dddnn", "dddnn", "ddddn", "dddnn", "ssnnn", "ssnsn"]),
    row("UndoDecision",        THING, ["dddnn", "dddnn", "ddddn", "snnnn", "ssnnn", "ssnsn"]),
    row("PublishDecisions",    DRAFT, ["dnn",   "dnn",   "ddn",   "dnn",   "snn",   "ssn"]),
    row("WithdrawComment",     THING, ["snnnn", "nnnnn", "ddddn", "nnnnn", "rsnnn", "rrnrn"]),
    row("ListResponses",       DRAFT, ["snn",   "snn",   "ssn",   "snn",   "snn",   "ssn"]),

    // Another's directive: one that the drafting agency carries out.
    row("ListDirectives",      DRAFT, ["snn",   "snn",   "ssn",   "snn",   "snn",   "ssn"]),
    row("IssueDirective",      DRAFT, ["dnn",   "dnn",   "ddn",   "dnn",   "snn",   "ssn"]),
    row("CompleteDirective",   THING, ["dddnn", "dddnn", "ddddn", "sdnnn", "rsnnn", "rrnrn"]),

    row("Aggregate",           DRAFT, ["snn",   "snn",   "ssn",   "snn",   "snn",   "ssn"]),
    row("GetProgress",         DRAFT, ["snn",   "snn",   "ssn",   "snn",   "snn",   "ssn"]),
    row("WatchDraft",          DRAFT, ["snn",   "snn",   "ssn",   "snn",   "snn",   "ssn"]),
    row("Reconcile",           DRAFT, ["dnn",   "dnn",   "ssn",   "dnn",   "snn",   "ssn"]),
    row("ListEvents",          DRAFT, ["dnn",   "dnn",   "ssn",   "dnn",   "snn",   "ssn"]),
    row("ListDisclosures",     DRAFT, ["dnn",   "dnn",   "ddn",   "dnn",   "dnn",   "ssn"]),
    row("ListPersons",         DRAFT, ["dnn",   "dnn",   "ddn",   "dnn",   "snn",   "ssn"]),
    row("ErasePersons",        DRAFT, ["dnn",   "dnn",   "ddn",   "dnn",   "snn",   "ssn"]),
    row("ExportAudit",         DRAFT, ["dnn",   "dnn",   "ssn",   "dnn",   "snn",   "ssn"]),

    // Another's slip: the neighbour's; absent: of an agency that nobody knows.
    row("ExportSummary",       DRAFT, ["dnn",   "dnn",   "ssn",   "dnn",   "snn",   "ssn"]),
    row("ExportDocument",      THING, ["sddnn", "sddnn", "ssrsn", "sddnn", "ssrnn", "ssrsn"]),
    row("ExportDecisionSheet", DRAFT, ["dnn",   "dnn",   "ddn",   "snn",   "snn",   "ssn"]),
];
