//! The case as it happens: every step through the gRPC port, with the token of whoever takes it.

use std::collections::HashMap;

use anyhow::{Context as _, bail};
use tonic::transport::Channel;
use ykien_domain::outline::{self, Depth};
use ykien_edge::document::Document;
use ykien_proto::v1;

use super::case::{self, Case, DRAFTER};
use super::cast::{ADMIN, Cast};
use super::clock::DemoClock;
use super::progress::Progress;
use crate::client::{self, Comments, Login, TokenSource};
use crate::comments_import::places::{Sections, timestamp};
use crate::draft_import;

/// How many decisions the drafter publishes in the demo: the rest is still proposed.
const PUBLISHED: usize = 120;

/// The play: who acts, and where.
pub(super) struct Play<'a> {
    pub case: &'a Case,
    pub cast: &'a Cast,
    pub clock: &'a DemoClock,
    pub progress: &'a Progress,
    pub channel: Channel,
    pub token_url: http::Uri,
}

impl Play<'_> {
    /// The comments role, called by an agency's client with a fresh token.
    pub(super) async fn log_in(&self, agency: &str) -> anyhow::Result<Comments> {
        let bearer = login(self.cast, agency, &self.token_url)?.token().await?;
        Ok(client::comments(self.channel.clone(), bearer))
    }

    /// How many steps [`Play::run`] takes.
    pub(super) fn steps(case: &Case) -> usize {
        case.agencies.len()
            + case.comments.len()
            + case.decisions.len()
            + case.oral.len()
            + case.directives.len()
    }

    /// Plays the case from its first to its last day. Gives the round's name.
    pub(super) async fn run(&self) -> anyhow::Result<String> {
        self.progress.part("Dự thảo, đợt lấy ý kiến / the draft and its round");
        let (sections, round) = self.prepare().await?;
        self.progress.part("Các cơ quan góp ý / the agencies comment");
        let numbers = self.answer(&sections).await?;
        self.progress.part("Cuộc họp, ý kiến chỉ đạo / the meeting and its directives");
        self.meet(&sections, &numbers).await?;
        self.progress.part("Tiếp thu, giải trình / the drafter decides");
        self.decide(&numbers).await?;
        Ok(round)
    }

    /// The draft, its sections, who answers for them, the round and its roster.
    async fn prepare(&self) -> anyhow::Result<(Sections, String)> {
        let mut drafter = self.log_in(DRAFTER).await?;
        let draft = v1::Draft {
            title: case::TITLE.to_owned(),
            summary: "Trình kỳ họp UBND tỉnh ngày 29/7/2020".to_owned(),
            drafting_agency: format!("agencies/{DRAFTER}"),
            ..v1::Draft::default()
        };
        let request = v1::CreateDraftRequest {
            draft: Some(draft),
            draft_id: case::DRAFT.to_owned(),
            request_id: String::new(),
        };
        let mut draft = client::answer(drafter.create_draft(request).await).context("the draft")?;
        let Document { preamble, sections } = outline::parse(self.case.draft, Depth::Article).into();
        let sections = sections.into_iter().map(draft_import::message).collect();
        let request = v1::CreateVersionRequest {
            draft: draft.name.clone(),
            preamble,
            sections,
            ..v1::CreateVersionRequest::default()
        };
        draft.version = client::answer(drafter.create_version(request).await).context("its version")?.version;
        let sections = Sections::load(&mut drafter, &draft).await?;
        for assignment in &self.case.assignments.sections {
            let request = v1::AssignSectionRequest {
                name: section(&sections, &assignment.section)?,
                agency: format!("agencies/{}", assignment.agency),
                request_id: String::new(),
            };
            client::answer(drafter.assign_section(request).await)
                .context("a section's responsible agency")?;
        }
        let round = v1::Round {
            title: "Lấy ý kiến các sở, ngành, huyện, thành phố".to_owned(),
            deadline: Some(timestamp(case::instant(case::DEADLINE)?)),
            silence_rule: v1::SilenceRule::Assent.into(),
            silence_basis: case::SILENCE_BASIS.to_owned(),
            late_rule: v1::LateRule::Accept.into(),
            visibility: v1::Visibility::Own.into(),
            admission: v1::Admission::Invited.into(),
            ..v1::Round::default()
        };
        let request =
            v1::CreateRoundRequest { draft: draft.name, round: Some(round), request_id: String::new() };
        let round = client::answer(drafter.create_round(request).await).context("the round")?.name;
        let invited = self.case.agencies.iter().filter(|agency| agency.code != DRAFTER);
        let agencies = invited.map(|agency| format!("agencies/{}", agency.code)).collect();
        let request = v1::InviteAgenciesRequest { round: round.clone(), agencies, request_id: String::new() };
        client::answer(drafter.invite_agencies(request).await).context("the roster")?;
        let request = v1::OpenRoundRequest { name: round.clone(), ..v1::OpenRoundRequest::default() };
        client::answer(drafter.open_round(request).await).context("opening the round")?;
        Ok((sections, round))
    }

    /// The meeting: what was said, what the chair ordered, and which comments another agency is to answer for.
    async fn meet(&self, sections: &Sections, numbers: &HashMap<usize, i64>) -> anyhow::Result<()> {
        self.clock.advance(case::instant(case::MEETING)?);
        let mut drafter = self.log_in(DRAFTER).await?;
        for oral in &self.case.oral {
            let comment = v1::Comment {
                agency: format!("agencies/{}", oral.agency),
                anchor: Some(anchor(sections, &oral.section, "")?),
                kind: v1::CommentKind::Substantive.into(),
                text: oral.text.clone(),
                ..v1::Comment::default()
            };
            let speaker = oral.speaker.clone();
            let request = v1::RecordOralOpinionRequest {
                draft: draft_name(),
                comment: Some(comment),
                speaker,
                request_id: String::new(),
            };
            client::answer(drafter.record_oral_opinion(request).await).context("an oral opinion")?;
            self.progress.step();
        }
        for directive in &self.case.directives {
            let directive = v1::Directive {
                text: directive.text.clone(),
                section: section(sections, &directive.section)?,
                responsible_agency: format!("agencies/{}", directive.responsible),
                due_date: directive.due.clone(),
                issued_by: directive.issued_by.clone(),
                issue_date: directive.issued_on.clone(),
                ..v1::Directive::default()
            };
            let request = v1::IssueDirectiveRequest {
                draft: draft_name(),
                directive: Some(directive),
                request_id: String::new(),
            };
            client::answer(drafter.issue_directive(request).await).context("a directive")?;
            self.progress.step();
        }
        for assignment in &self.case.assignments.comments {
            let number = numbers.get(&assignment.line).context("an assigned comment that was never sent")?;
            let request = v1::AssignCommentRequest {
                name: comment_name(*number),
                agency: format!("agencies/{}", assignment.agency),
                ..v1::AssignCommentRequest::default()
            };
            client::answer(drafter.assign_comment(request).await)
                .context("a comment's responsible agency")?;
        }
        Ok(())
    }

    /// The drafter decides, and publishes the first part.
    async fn decide(&self, numbers: &HashMap<usize, i64>) -> anyhow::Result<()> {
        self.clock.advance(case::instant(case::DECIDING)?);
        let mut drafter = self.log_in(DRAFTER).await?;
        let mut decided = Vec::new();
        for batch in self.case.decisions.chunks(50) {
            let decisions = batch
                .iter()
                .map(|decision| {
                    let number = *numbers
                        .get(&decision.line)
                        .context("a decision on a comment that was never sent")?;
                    let word = format!("OUTCOME_{}", decision.outcome.to_ascii_uppercase());
                    let outcome =
                        v1::Outcome::from_str_name(&word).with_context(|| format!("the outcome {word}"))?;
                    let explanation = decision.explanation.clone();
                    Ok(v1::CommentDecision {
                        number,
                        outcome: outcome.into(),
                        explanation,
                        etag: String::new(),
                    })
                })
                .collect::<anyhow::Result<Vec<_>>>()?;
            let request = v1::BatchDecideCommentsRequest {
                draft: draft_name(),
                decisions,
                ..v1::BatchDecideCommentsRequest::default()
            };
            for result in
                client::answer(drafter.batch_decide_comments(request).await).context("decisions")?.results
            {
                if let Some(v1::comment_decision_result::Result::Error(error)) = result.result {
                    bail!("comment {} was not decided: {}", result.number, error.message);
                }
                decided.push(result.number);
                self.progress.step();
            }
        }
        self.clock.advance(case::instant(case::END)?);
        let mut drafter = self.log_in(DRAFTER).await?;
        decided.sort_unstable();
        decided.truncate(PUBLISHED);
        let request = v1::PublishDecisionsRequest {
            draft: draft_name(),
            numbers: decided,
            ..v1::PublishDecisionsRequest::default()
        };
        client::answer(drafter.publish_decisions(request).await).context("publishing")?;
        Ok(())
    }
}

/// The login of an agency's client (or the administrator's, [`ADMIN`]).
pub(super) fn login(cast: &Cast, agency: &str, token_url: &http::Uri) -> anyhow::Result<Login> {
    let credential = cast.get(agency).with_context(|| format!("{agency} has no client ({ADMIN} has)"))?;
    let source = TokenSource::Endpoint(token_url.clone(), client::ClientTls::default());
    Ok(Login { source, id: credential.id.clone(), secret: credential.secret.clone() })
}

/// The draft's resource name.
pub(super) fn draft_name() -> String {
    format!("drafts/{}", case::DRAFT)
}

/// A comment's resource name.
pub(super) fn comment_name(number: i64) -> String {
    format!("drafts/{}/comments/{number}", case::DRAFT)
}

fn section(sections: &Sections, path: &str) -> anyhow::Result<String> {
    sections.get(path).with_context(|| format!("the draft has no section {path}"))
}

/// Where a comment stands.
pub(super) fn anchor(sections: &Sections, path: &str, quote: &str) -> anyhow::Result<v1::Anchor> {
    Ok(v1::Anchor { kind: 0, section: section(sections, path)?, quote: quote.to_owned() })
}
