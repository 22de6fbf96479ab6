//! The agencies' part of the play: they comment, sign off, and some think again.

use std::collections::HashMap;

use anyhow::{Context as _, bail};
use ykien_domain::time::{Clock as _, Timestamp};
use ykien_proto::v1;

use super::case::{self, Comment, Letter};
use super::play::{Play, anchor, comment_name, draft_name};
use crate::client::{self, Comments};
use crate::comments_import::places::Sections;

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
    /// The agencies answer in the order of their letters. Gives the number of each line of the comments.
    pub(super) async fn answer(&self, sections: &Sections) -> anyhow::Result<HashMap<usize, i64>> {
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
                        let request =
                            v1::WithdrawCommentRequest { name, ..v1::WithdrawCommentRequest::default() };
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
        let comments =
            lines.iter().map(|(_, line)| comment(line, sections)).collect::<anyhow::Result<Vec<_>>>()?;
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

    async fn one_by_one(
        &self,
        agency: &mut Comments,
        comments: Vec<v1::Comment>,
    ) -> anyhow::Result<Vec<i64>> {
        let mut numbers = Vec::with_capacity(comments.len());
        for comment in comments {
            let request = v1::SubmitCommentRequest {
                draft: draft_name(),
                comment: Some(comment),
                request_id: self.request_id(),
            };
            let made = client::answer(agency.submit_comment(request).await).context("a comment")?;
            numbers.push(made.comment.map_or(0, |comment| comment.number));
        }
        Ok(numbers)
    }

    async fn as_a_stream(
        &self,
        agency: &mut Comments,
        comments: Vec<v1::Comment>,
    ) -> anyhow::Result<Vec<i64>> {
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
                Some(BulkResult::Submitted(made)) => {
                    numbers.push(made.comment.map_or(0, |comment| comment.number))
                }
                Some(BulkResult::Error(error)) => bail!("a comment of a stream: {}", error.message),
                None => bail!("a comment of a stream was not answered"),
            }
        }
        Ok(numbers)
    }

    fn request_id(&self) -> String {
        self.clock.new_id().to_string()
    }
}

/// Signs off. Gives the numbers of the comments that came with the letter.
async fn submit_letter(
    agency: &mut Comments,
    letter: &Letter,
    comments: Vec<v1::Comment>,
) -> anyhow::Result<Vec<i64>> {
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
    let request = v1::SubmitResponseRequest {
        draft: draft_name(),
        response: Some(response),
        comments,
        request_id: String::new(),
    };
    let made = client::answer(agency.submit_response(request).await).context("a letter")?;
    Ok(made.comments.iter().map(|comment| comment.number).collect())
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
