//! Names of persons: kept apart, put in where they are read, erased.

use ykien_domain::actor::Scope;
use ykien_domain::command::{ErasePersons, ErasedPersons, MAX_BATCH, WriteOptions, Written};
use ykien_domain::event::Change;
use ykien_domain::person::{ERASED, Person, commitment, stands_for_one};
use ykien_domain::query::{ListPersons, Page};
use ykien_domain::{Error, Result};

use super::work::{Look, Work};
use super::{Apply, Engine, Fetch, PURGE};
use crate::error::OrDomain;
use crate::page::page;

/// The name for what the column `$column` of `$table` has: a text that stands for nobody is itself.
macro_rules! name_of {
    ($table:literal, $column:literal) => {
        concat!(
            "CASE WHEN ",
            $table,
            ".",
            $column,
            " = '' THEN '' ELSE COALESCE((SELECT n.name FROM persons n \
             WHERE n.draft = ",
            $table,
            ".draft AND n.person = ",
            $table,
            ".",
            $column,
            "), ",
            $table,
            ".",
            $column,
            ") END AS ",
            $column
        )
    };
}
pub(super) use name_of;

/// A place of an answer in which a person is named.
pub struct Named<'a> {
    /// What stands for the person, and then the name.
    name: &'a mut String,
    /// The capacity, where it is shown.
    capacity: Option<&'a mut String>,
}

impl<'a> Named<'a> {
    /// A name alone.
    pub(super) fn name(name: &'a mut String) -> Self {
        Self { name, capacity: None }
    }

    /// A name with its capacity.
    pub(super) fn signer(name: &'a mut String, capacity: &'a mut String) -> Self {
        Self { name, capacity: Some(capacity) }
    }
}

impl Work<'_> {
    /// Keeps apart who is named by the next event, and gives what stands for the person everywhere else.
    pub(super) async fn keep_apart(&mut self, subject: String, name: &str, capacity: &str) -> Result<String> {
        if name.is_empty() && capacity.is_empty() {
            return Ok(String::new());
        }
        // Two ids have some 148 bits that nobody can guess.
        let salt = format!("{}{}", self.clock.new_id().simple(), self.clock.new_id().simple());
        let person = commitment(&salt, name, capacity);
        sqlx::query(
            "INSERT INTO persons (draft, person, subject, salt, name, capacity, revision, erased) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, NULL)",
        )
        .bind(self.draft.key)
        .bind(&person)
        .bind(subject)
        .bind(salt)
        .bind(name)
        .bind(capacity)
        .bind(self.next_revision())
        .execute(&mut *self.connection)
        .await
        .or_domain()?;
        Ok(person)
    }

    /// Erases the name of a person whom this revision named.
    async fn erase(&mut self, person: &str, revision: i64) -> Result<()> {
        sqlx::query(
            "UPDATE persons SET name = $3, capacity = '', salt = '', erased = $4 \
             WHERE draft = $1 AND person = $2",
        )
        .bind(self.draft.key)
        .bind(person)
        .bind(ERASED)
        .bind(self.next_revision())
        .execute(&mut *self.connection)
        .await
        .or_domain()?;
        // The hash of the request was taken over the name, too: who knows the rest could try names.
        sqlx::query("UPDATE requests SET body_hash = '' WHERE draft = $1 AND revision = $2")
            .bind(self.draft.key)
            .bind(revision)
            .execute(&mut *self.connection)
            .await
            .or_domain()?;
        Ok(())
    }

    /// Puts the names in.
    pub(super) async fn put_names(&mut self, places: Vec<Named<'_>>) -> Result<()> {
        for place in places {
            if !stands_for_one(place.name) {
                continue;
            }
            let found: Option<(String, String)> =
                sqlx::query_as("SELECT name, capacity FROM persons WHERE draft = $1 AND person = $2")
                    .bind(self.draft.key)
                    .bind(place.name.as_str())
                    .fetch_optional(&mut *self.connection)
                    .await
                    .or_domain()?;
            let Some((name, capacity)) = found else { continue };
            *place.name = name;
            if let Some(place) = place.capacity {
                *place = capacity;
            }
        }
        Ok(())
    }
}

impl Apply for ErasePersons {
    async fn apply(self, work: &mut Work<'_>) -> Result<ErasedPersons> {
        if self.subjects.is_empty() || self.subjects.len() > MAX_BATCH {
            let message = format!("must be 1 to {MAX_BATCH}, are {}", self.subjects.len());
            return Err(Error::field("subjects", message));
        }
        let (mut persons, mut subjects) = (Vec::new(), Vec::new());
        for (index, subject) in self.subjects.into_iter().enumerate() {
            let found: Option<(String, i64, Option<i64>)> = sqlx::query_as(
                "SELECT person, revision, erased FROM persons WHERE draft = $1 AND subject = $2",
            )
            .bind(work.draft.key)
            .bind(&subject)
            .fetch_optional(&mut *work.connection)
            .await
            .or_domain()?;
            let Some((person, revision, erased)) = found else {
                return Err(Error::field(format!("subjects[{index}]"), "names nobody in this draft"));
            };
            if erased.is_none() {
                work.erase(&person, revision).await?;
                persons.push(person);
                subjects.push(subject);
            }
        }
        if !persons.is_empty() {
            work.emit(&Change::PersonsErased { persons })?;
        }
        Ok(ErasedPersons { subjects })
    }

    /// And then, outside of the transaction, what the database still has of the rows as they were. The names are erased
    /// whether or not that goes well: it can be done again.
    async fn write(
        self,
        engine: &Engine,
        scope: &Scope,
        options: WriteOptions,
    ) -> Result<Written<ErasedPersons>> {
        let written = engine.write_alone(scope, self, options).await?;
        let purged = async {
            let mut connection = engine.unhurried(engine.writer.pool()).await?;
            for statement in PURGE {
                sqlx::query(*statement).execute(&mut *connection).await.or_domain()?;
            }
            Ok::<_, Error>(())
        };
        if let Err(error) = purged.await {
            tracing::warn!(%error, "what the database keeps of changed rows could not be cleared: erase again");
        }
        Ok(written)
    }
}

impl Fetch for ListPersons {
    async fn fetch(self, look: &mut Look<'_>) -> Result<Page<Person, String>> {
        let rows: Vec<PersonRow> = sqlx::query_as(
            "SELECT person, subject, name, capacity, revision, erased FROM persons \
             WHERE draft = $1 AND person > $2 AND ($3 = '' OR name = $3) ORDER BY person LIMIT $4",
        )
        .bind(look.draft.key)
        .bind(self.after.unwrap_or_default())
        .bind(self.name)
        .bind(self.limit + 1)
        .fetch_all(&mut *look.connection)
        .await
        .or_domain()?;
        let persons = rows.into_iter().map(Person::from).collect();
        Ok(page(persons, self.limit, |person: &Person| person.person.clone()))
    }
}

#[derive(sqlx::FromRow)]
struct PersonRow {
    person: String,
    subject: String,
    name: String,
    capacity: String,
    revision: i64,
    erased: Option<i64>,
}

impl From<PersonRow> for Person {
    fn from(row: PersonRow) -> Self {
        let PersonRow { person, subject, name, capacity, revision, erased } = row;
        Self { person, subject, name, capacity, revision, erased }
    }
}
