//! The case as it happens: every step through the gRPC port, with the token of whoever takes it.

use std::collections::HashMap;

use anyhow::{Context as _, bail};
use tonic::transport::Channel;
use ykien_domain::outline::{self, Depth};
use ykien_domain::time::Timestamp;
use ykien_proto::v1;

use super::case::{self, Case, Comment, DRAFTER, Letter};
use super::cast::{ADMIN, Cast};
use super::clock::DemoClock;
use super::progress::Progress;
use crate::client::{self, Comments, Login, TokenSource};
use crate::comments_import::places::{Sections, timestamp};
use crate::draft_import;

/// The most comments of one stream or letter that the drafter publishes in the demo: the rest is still proposed.
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

/// What happens on one of the days.
enum Step<'a> {
    /// An agency sends its comments with its letter.
    Answer(&'a case::Response),
    /// It takes comments back.
    Withdraw(&'a case::Response),
    /// It replaces its letter.
    Replace(&'a case::Response, &'a Letter),
}

impl Play<'_> {
    /// The comments role, called by an agency's client with a fresh token.
    pub(super) async fn log_in(&self, agency: &str) -> anyhow::Result<Comments> {
        let bearer = login(self.cast, agency, &self.token_url)?.token().await?;
        Ok(client::comments(self.channel.clone(), bearer))
    }

    /// How many steps [`Play::run`] takes.
    pub(super) fn steps(case: &Case) -> usize {
        case.agencies.len() + case.comments.len() + case.decisions.len() + case.oral.len() + case.directives.len()
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
        let request =
            v1::CreateDraftRequest { draft: Some(draft), draft_id: case::DRAFT.to_owned(), request_id: String::new() };
        let mut draft = client::answer(drafter.create_draft(request).await).context("the draft")?;
        let tree = draft_import::sections(outline::parse(self.case.draft, Depth::Article));
        let sections = tree.into_iter().map(draft_import::message).collect();
        let request =
            v1::CreateVersionRequest { draft: draft.name.clone(), sections, ..v1::CreateVersionRequest::default() };
        draft.version = client::answer(drafter.create_version(request).await).context("its version")?.version;
        let sections = Sections::load(&mut drafter, &draft).await?;
        for assignment in &self.case.assignments.sections {
            let request = v1::AssignSectionRequest {
                name: section(&sections, &assignment.section)?,
                agency: format!("agencies/{}", assignment.agency),
                request_id: String::new(),
            };
            client::answer(drafter.assign_section(request).await).context("a section's responsible agency")?;
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
        let request = v1::CreateRoundRequest { draft: draft.name, round: Some(round), request_id: String::new() };
        let round = client::answer(drafter.create_round(request).await).context("the round")?.name;
        let invited = self.case.agencies.iter().filter(|agency| agency.code != DRAFTER);
        let agencies = invited.map(|agency| format!("agencies/{}", agency.code)).collect();
        let request = v1::InviteAgenciesRequest { round: round.clone(), agencies, request_id: String::new() };
        client::answer(drafter.invite_agencies(request).await).context("the roster")?;
        let request = v1::OpenRoundRequest { name: round.clone(), ..v1::OpenRoundRequest::default() };
        client::answer(drafter.open_round(request).await).context("opening the round")?;
        Ok((sections, round))
    }

    /// The agencies answer in the order of their letters. Gives the number of each line of the comments.
    async fn answer(&self, sections: &Sections) -> anyhow::Result<HashMap<usize, i64>> {
        let mut steps: Vec<(Timestamp, Step<'_>)> = Vec::new();
        for (index, response) in self.case.responses.iter().enumerate() {
            // Nine in the morning, and each agency its own minute.
            let sent = case::instant(&format!("{}T09:00:00+07:00", response.letter.letter_date))?;
            let sent = sent.plus_seconds(60 * i64::try_from(index)?);
            steps.push((sent, Step::Answer(response)));
            let mut second_thoughts = sent.plus_seconds(3 * 60 * 60);
            if let Some(letter) = &response.resubmit {
                second_thoughts = case::instant(&format!("{}T14:00:00+07:00", letter.letter_date))?;
                steps.push((second_thoughts, Step::Replace(response, letter)));
            }
            if !response.withdraw.is_empty() {
                steps.push((second_thoughts, Step::Withdraw(response)));
            }
        }
        steps.sort_by_key(|(at, _)| *at);
        let mut numbers = HashMap::new();
        for (at, step) in steps {
            self.clock.advance(at);
            match step {
                Step::Answer(response) => self.send(response, sections, &mut numbers).await?,
                Step::Replace(response, letter) => {
                    let mut agency = self.log_in(&response.agency).await?;
                    submit_letter(&mut agency, letter, Vec::new()).await?;
                }
                Step::Withdraw(response) => {
                    let mut agency = self.log_in(&response.agency).await?;
                    let lines = self.case.lines_of(&response.agency);
                    for place in &response.withdraw {
                        let number = lines.get(*place).and_then(|(line, _)| numbers.get(line));
                        let name = comment_name(*number.context("a withdrawn comment that was never sent")?);
                        let request = v1::WithdrawCommentRequest { name, ..v1::WithdrawCommentRequest::default() };
                        client::answer(agency.withdraw_comment(request).await).context("a withdrawal")?;
                    }
                }
            }
        }
        Ok(numbers)
    }

    /// An agency's comments and its letter: from its document system all at once, from the others first the comments one
    /// by one or as a stream, then the letter.
    async fn send(
        &self,
        response: &case::Response,
        sections: &Sections,
        numbers: &mut HashMap<usize, i64>,
    ) -> anyhow::Result<()> {
        let mut agency = self.log_in(&response.agency).await?;
        let lines = self.case.lines_of(&response.agency);
        let comments = lines.iter().map(|(_, line)| comment(line, sections)).collect::<anyhow::Result<Vec<_>>>()?;
        let made = match response.agency.bytes().last().map(|digit| digit % 3) {
            Some(0) => submit_letter(&mut agency, &response.letter, comments).await?,
            way => {
                let made = if way == Some(1) {
                    self.one_by_one(&mut agency, comments).await?
                } else {
                    self.as_a_stream(&mut agency, comments).await?
                };
                submit_letter(&mut agency, &response.letter, Vec::new()).await?;
                made
            }
        };
        if made.len() != lines.len() {
            bail!("{} sent {} comments and was answered {}", response.agency, lines.len(), made.len());
        }
        for ((line, _), number) in lines.iter().zip(made) {
            numbers.insert(*line, number);
            self.progress.step();
        }
        Ok(())
    }

    async fn one_by_one(&self, agency: &mut Comments, comments: Vec<v1::Comment>) -> anyhow::Result<Vec<i64>> {
        let mut numbers = Vec::with_capacity(comments.len());
        for comment in comments {
            let request =
                v1::SubmitCommentRequest { draft: draft_name(), comment: Some(comment), request_id: self.request_id() };
            let made = client::answer(agency.submit_comment(request).await).context("a comment")?;
            numbers.push(made.comment.map_or(0, |comment| comment.number));
        }
        Ok(numbers)
    }

    async fn as_a_stream(&self, agency: &mut Comments, comments: Vec<v1::Comment>) -> anyhow::Result<Vec<i64>> {
        use v1::bulk_submit_comments_response::Result as BulkResult;
        let requests: Vec<_> = comments
            .into_iter()
            .map(|comment| v1::BulkSubmitCommentsRequest {
                draft: draft_name(),
                comment: Some(comment),
                request_id: self.request_id(),
            })
            .collect();
        let mut answers = client::answer(agency.bulk_submit_comments(tokio_stream::iter(requests)).await)?;
        let mut numbers = Vec::new();
        while let Some(answer) = answers.message().await? {
            match answer.result {
                Some(BulkResult::Submitted(made)) => numbers.push(made.comment.map_or(0, |comment| comment.number)),
                Some(BulkResult::Error(error)) => bail!("a comment of a stream: {}", error.message),
                None => bail!("a comment of a stream was not answered"),
            }
        }
        Ok(numbers)
    }

    fn request_id(&self) -> String {
        use ykien_domain::time::Clock as _;
        self.clock.new_id().to_string()
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
            let request =
                v1::RecordOralOpinionRequest { draft: draft_name(), comment: Some(comment), speaker, request_id: String::new() };
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
            let request =
                v1::IssueDirectiveRequest { draft: draft_name(), directive: Some(directive), request_id: String::new() };
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
            client::answer(drafter.assign_comment(request).await).context("a comment's responsible agency")?;
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
                    let number = *numbers.get(&decision.line).context("a decision on a comment that was never sent")?;
                    let word = format!("OUTCOME_{}", decision.outcome.to_ascii_uppercase());
                    let outcome = v1::Outcome::from_str_name(&word).with_context(|| format!("the outcome {word}"))?;
                    let explanation = decision.explanation.clone();
                    Ok(v1::CommentDecision { number, outcome: outcome.into(), explanation, etag: String::new() })
                })
                .collect::<anyhow::Result<Vec<_>>>()?;
            let request = v1::BatchDecideCommentsRequest {
                draft: draft_name(),
                decisions,
                ..v1::BatchDecideCommentsRequest::default()
            };
            for result in client::answer(drafter.batch_decide_comments(request).await).context("decisions")?.results {
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
        let request =
            v1::PublishDecisionsRequest { draft: draft_name(), numbers: decided, ..v1::PublishDecisionsRequest::default() };
        client::answer(drafter.publish_decisions(request).await).context("publishing")?;
        Ok(())
    }
}

/// The login of an agency's client (or the administrator's, [`ADMIN`]).
pub(super) fn login(cast: &Cast, agency: &str, token_url: &http::Uri) -> anyhow::Result<Login> {
    let credential = cast.get(agency).with_context(|| format!("{agency} has no client ({ADMIN} has)"))?;
    let source = TokenSource::Endpoint(token_url.clone());
    Ok(Login { source, id: credential.id.clone(), secret: credential.secret.clone() })
}

/// Signs off. Gives the numbers of the comments that came with the letter.
async fn submit_letter(agency: &mut Comments, letter: &Letter, comments: Vec<v1::Comment>) -> anyhow::Result<Vec<i64>> {
    let word = format!("STANCE_{}", letter.stance.to_ascii_uppercase());
    let stance = v1::Stance::from_str_name(&word).with_context(|| format!("the stance {word}"))?;
    let response = v1::Response {
        stance: stance.into(),
        letter_number: letter.letter_number.clone(),
        letter_date: letter.letter_date.clone(),
        signer: letter.signer.clone(),
        capacity: letter.capacity.clone(),
        ..v1::Response::default()
    };
    let request =
        v1::SubmitResponseRequest { draft: draft_name(), response: Some(response), comments, request_id: String::new() };
    let made = client::answer(agency.submit_response(request).await).context("a letter")?;
    Ok(made.comments.iter().map(|comment| comment.number).collect())
}

fn draft_name() -> String {
    format!("drafts/{}", case::DRAFT)
}

fn comment_name(number: i64) -> String {
    format!("drafts/{}/comments/{number}", case::DRAFT)
}

fn section(sections: &Sections, path: &str) -> anyhow::Result<String> {
    sections.get(path).with_context(|| format!("the draft has no section {path}"))
}

fn anchor(sections: &Sections, path: &str, quote: &str) -> anyhow::Result<v1::Anchor> {
    Ok(v1::Anchor { kind: 0, section: section(sections, path)?, quote: quote.to_owned() })
}

fn comment(line: &Comment, sections: &Sections) -> anyhow::Result<v1::Comment> {
    let word = format!("COMMENT_KIND_{}", line.kind.to_ascii_uppercase());
    let kind = v1::CommentKind::from_str_name(&word).with_context(|| format!("the kind {word}"))?;
    Ok(v1::Comment {
        anchor: Some(anchor(sections, &line.section, &line.quote)?),
        kind: kind.into(),
        text: line.text.clone(),
        proposed_change: line.proposed_change.clone(),
        ..v1::Comment::default()
    })
}
