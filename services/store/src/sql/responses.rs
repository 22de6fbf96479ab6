//! Responses: an agency's signed reply with its comments, all or nothing.

use ykien_domain::actor::may_speak_for;
use ykien_domain::command::{MAX_BATCH, ResponseWithComments, SubmitResponse};
use ykien_domain::event::Change;
use ykien_domain::ids::{AgencyCode, ResponseNumber};
use ykien_domain::model::{Content, Letter, Response, Source};
use ykien_domain::query::{ListResponses, Page};
use ykien_domain::response::expect_stance;
use ykien_domain::time::Date;
use ykien_domain::words::Channel;
use ykien_domain::{Error, Result};

use super::comments::NewComment;
use super::persons::name_of;
use super::work::{Look, Work};
use super::{Apply, Fetch, Named};
use crate::error::OrDomain;
use crate::page::page;
use crate::rows::ResponseRow;

macro_rules! response_columns {
    () => {
        "p.response, p.round, p.agency, p.stance, p.letter_number, p.letter_date, p.signer, p.capacity, p.late, \
         p.superseded_by, p.created_at, p.changed"
    };
}

/// The same with the names.
macro_rules! named_response_columns {
    () => {
        concat!(
            "p.response, p.round, p.agency, p.stance, p.letter_number, p.letter_date, ",
            name_of!("p", "signer"),
            ", COALESCE((SELECT n.capacity FROM persons n WHERE n.draft = p.draft AND n.person = p.signer), \
             p.capacity) AS capacity, p.late, p.superseded_by, p.created_at, p.changed"
        )
    };
}
pub(super) use {named_response_columns, response_columns};

impl Apply for SubmitResponse {
    fn persons(answer: &mut ResponseWithComments) -> Vec<Named<'_>> {
        let letter = &mut answer.response.letter;
        vec![Named::signer(&mut letter.signer, &mut letter.capacity)]
    }

    async fn apply(self, work: &mut Work<'_>) -> Result<ResponseWithComments> {
        let agency = may_speak_for(work.scope, &work.access, self.agency.as_ref())?;
        let letter = self.letter.checked().map_err(|error| error.within("letter"))?;
        if self.comments.len() > MAX_BATCH {
            return Err(Error::field(
                "comments",
                format!("must be at most {MAX_BATCH}, are {}", self.comments.len()),
            ));
        }
        let contents: Vec<Content> = self
            .comments
            .into_iter()
            .enumerate()
            .map(|(index, content)| {
                content.checked().map_err(|error| error.within(&format!("comments[{index}]")))
            })
            .collect::<Result<_>>()?;
        let round = work.round_for(self.round).await?;
        work.expect_admitted(&round, &agency).await?;
        let late = round.admit(work.now)?;
        let before = work.comments_of(round.number, &agency).await?;
        expect_stance(self.stance, contents.len(), before + contents.len() as i64)?;

        work.draft.response_count += 1;
        let number = work.draft.response_count;
        let mut comments = Vec::with_capacity(contents.len());
        for (index, content) in contents.into_iter().enumerate() {
            let new = NewComment {
                agency: agency.clone(),
                content,
                channel: Channel::Written,
                speaker: String::new(),
                response: Some(number),
                source: Source::default(),
                late,
            };
            let comment = work.insert_comment(&round, new).await;
            comments.push(comment.map_err(|error| error.within(&format!("comments[{index}]")))?);
        }
        let subject = format!("responses/{number}");
        let signer = work.keep_apart(subject, &letter.signer, &letter.capacity).await?;
        let letter = Letter { signer, capacity: String::new(), ..letter };
        let superseded = work.supersede(round.number, &agency, number).await?;
        let response = Response {
            number,
            round: round.number,
            agency,
            stance: self.stance,
            letter,
            late,
            superseded_by: None,
            created_at: work.now,
            changed: work.next_revision(),
        };
        work.insert_response(&response).await?;
        work.emit(&Change::ResponseSubmitted { response: response.clone(), supersedes: superseded })?;
        Ok(ResponseWithComments { response, comments })
    }
}

impl Work<'_> {
    /// How many comments the agency has in the round, withdrawn ones left out.
    async fn comments_of(&mut self, round: i64, agency: &AgencyCode) -> Result<i64> {
        let (count,): (i64,) = sqlx::query_as(
            "SELECT COUNT(*) FROM comments WHERE draft = $1 AND round = $2 AND agency = $3 AND status <> 'withdrawn'",
        )
        .bind(self.draft.key)
        .bind(round)
        .bind(agency.as_str())
        .fetch_one(&mut *self.connection)
        .await
        .or_domain()?;
        Ok(count)
    }

    /// Marks the agency's response in force as superseded; both stay.
    async fn supersede(
        &mut self,
        round: i64,
        agency: &AgencyCode,
        by: ResponseNumber,
    ) -> Result<Option<ResponseNumber>> {
        let superseded: Option<(i64,)> = sqlx::query_as(
            "UPDATE responses SET superseded_by = $4 \
             WHERE draft = $1 AND round = $2 AND agency = $3 AND superseded_by IS NULL RETURNING response",
        )
        .bind(self.draft.key)
        .bind(round)
        .bind(agency.as_str())
        .bind(by)
        .fetch_optional(&mut *self.connection)
        .await
        .or_domain()?;
        Ok(superseded.map(|(response,)| response))
    }

    async fn insert_response(&mut self, response: &Response) -> Result<()> {
        let letter = &response.letter;
        sqlx::query(
            "INSERT INTO responses (draft, response, round, agency, stance, letter_number, letter_date, signer, \
             capacity, late, superseded_by, created_at, changed) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, NULL, $11, $12)",
        )
        .bind(self.draft.key)
        .bind(response.number)
        .bind(response.round)
        .bind(response.agency.as_str())
        .bind(response.stance.as_str())
        .bind(&letter.number)
        .bind(letter.date.as_ref().map(Date::as_str))
        .bind(&letter.signer)
        .bind(&letter.capacity)
        .bind(response.late)
        .bind(response.created_at.0)
        .bind(response.changed)
        .execute(&mut *self.connection)
        .await
        .or_domain()?;
        Ok(())
    }
}

impl Fetch for ListResponses {
    async fn fetch(self, look: &mut Look<'_>) -> Result<Page<Response, i64>> {
        let (everything, agency, _) = look.sight();
        let rows: Vec<ResponseRow> = sqlx::query_as(concat!(
            "SELECT ",
            named_response_columns!(),
            " FROM responses p JOIN rounds r ON r.draft = p.draft AND r.round = p.round \
             WHERE p.draft = $1 AND p.response > $2 AND ($3 = 0 OR p.round = $3) AND ($4 OR p.agency = $5 OR ",
            super::filter::shown!(),
            ") ORDER BY p.response LIMIT $6"
        ))
        .bind(look.draft.key)
        .bind(self.after)
        .bind(self.round.unwrap_or(0))
        .bind(everything)
        .bind(agency)
        .bind(self.limit + 1)
        .fetch_all(&mut *look.connection)
        .await
        .or_domain()?;
        let responses = rows.into_iter().map(Response::try_from).collect::<Result<Vec<_>>>()?;
        Ok(page(responses, self.limit, |response| response.number))
    }
}
