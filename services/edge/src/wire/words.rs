//! The closed sets of words as the contract's enumerations. What is not said (`…_UNSPECIFIED`) is none.

use ykien_domain::{Error, Result, words};
use ykien_proto::v1;

macro_rules! enumerations {
    ($($(#[$doc:meta])* $render:ident, $read:ident: $word:ident = $proto:ident { $($variant:ident)+ };)+) => { $(
        $(#[$doc])*
        #[must_use]
        pub fn $render(word: words::$word) -> v1::$proto {
            match word { $(words::$word::$variant => v1::$proto::$variant,)+ }
        }

        /// The word of the contract's value; none when it is unspecified.
        ///
        /// # Errors
        /// `INVALID_FIELD` naming `field`, for a value that the contract does not have.
        pub fn $read(field: &str, value: i32) -> Result<Option<words::$word>> {
            match v1::$proto::try_from(value) {
                Ok(v1::$proto::Unspecified) => Ok(None),
                $(Ok(v1::$proto::$variant) => Ok(Some(words::$word::$variant)),)+
                Err(_) => Err(Error::field(field, format!(concat!("has no value {} (", stringify!($proto), ")"), value))),
            }
        }
    )+ };
}

enumerations! {
    /// Where a comment stands.
    status, read_status: Status = CommentStatus { Pending Accepted PartiallyAccepted Rejected Withdrawn };
    /// What a decision says.
    outcome, read_outcome: Outcome = Outcome { Accepted PartiallyAccepted Rejected };
    /// What a comment is about.
    kind, read_kind: Kind = CommentKind { General Substantive Technical Editorial Question };
    /// How a comment came.
    channel, read_channel: Channel = Channel { Written Meeting };
    /// What exactly a comment is anchored to.
    anchor_kind, read_anchor_kind: AnchorKind = AnchorKind { Document Section Quote Missing };
    /// What became of a section from one version to another.
    section_change, read_section_change: SectionChange = SectionChange {
        Unchanged Added Removed Moved Renumbered Renamed TextChanged
    };
    /// What became of a comment's anchor.
    placement_state, read_placement_state: PlacementState = PlacementState { Placed Moved Orphaned };
    /// Why an anchor is not placed.
    placement_reason, read_placement_reason: PlacementReason = PlacementReason {
        SectionMoved QuoteMoved SectionRemoved QuoteGone
    };
    /// An agency's stance.
    stance, read_stance: Stance = Stance { Agrees AgreesWithComments Disagrees NoComment };
    /// A round's state.
    round_state, read_round_state: RoundState = RoundState { Preparing Open Closed Concluded };
    /// What silence means.
    silence_rule, read_silence_rule: SilenceRule = SilenceRule { None Assent };
    /// What happens to late submissions.
    late_rule, read_late_rule: LateRule = LateRule { Accept Refuse };
    /// Who sees what others wrote.
    visibility, read_visibility: Visibility = Visibility { Own AfterClose Participants };
    /// Who may submit.
    admission, read_admission: Admission = Admission { Invited Anyone };
    /// What is handed out as a file.
    document, read_document: Document = Document { Summary Slip Directives CommentSheet DecisionSheet IsoForm };
    /// The format of a file.
    file_format, read_file_format: FileFormat = FileFormat { Docx Pdf Xlsx Csv Json };
    /// Where an agency stands in a round.
    reply_state, read_reply_state: ReplyState = ReplyState { Replied Late InProgress Silent AssentBySilence Uninvited };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_reads_back_and_what_is_not_said_is_none() {
        for word in words::Status::ALL.iter().copied() {
            assert_eq!(read_status("status", status(word).into()).unwrap(), Some(word));
        }
        for word in words::ReplyState::ALL.iter().copied() {
            assert_eq!(read_reply_state("state", reply_state(word).into()).unwrap(), Some(word));
        }
        assert_eq!(read_stance("stance", 0).unwrap(), None);
        let error = read_stance("response.stance", 99).unwrap_err();
        assert_eq!(error.message, "response.stance: has no value 99 (Stance)");
    }
}
