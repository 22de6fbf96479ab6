//! The part of the command line that is about the audit trail.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::DatabaseArgs;

/// `ykien verify`.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// Heads that `ykien audit seal` printed earlier and that were kept elsewhere: finds out who wrote a log and its seals anew
    #[arg(long, value_name = "FILE")]
    pub heads: Option<PathBuf>,
    /// The database.
    #[command(flatten)]
    pub database: DatabaseArgs,
}

/// Seal the change logs, and export them with their proof.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Seal every change log to its end, and print the signed head of each, a JSON object a line: keep them elsewhere
    Seal(DatabaseArgs),
    /// Print a change log with its seals, a JSON object a line, which tests/python/check_audit.py checks
    Export(AuditExportArgs),
}

/// Names of persons: who spoke at a meeting, who signed, who gave a directive.
#[derive(Debug, Subcommand)]
pub enum PersonsCommand {
    /// List whose names a draft has, tab-separated: what names the person, the name, the capacity
    List(PersonsArgs),
    /// Erase names for good: what the persons said and signed stays, and so does the audit trail, which never had them
    Erase(PersonsEraseArgs),
}

/// `ykien persons list`.
#[derive(Debug, Args)]
pub struct PersonsArgs {
    /// The draft's id
    #[arg(long, value_name = "ID")]
    pub draft: String,
    /// Only persons in whose name these words stand, such as "Nguyễn Văn A" in "Ông Nguyễn Văn A, Giám đốc"
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// The database.
    #[command(flatten)]
    pub database: DatabaseArgs,
}

/// `ykien persons erase`.
#[derive(Debug, Args)]
pub struct PersonsEraseArgs {
    /// Which persons.
    #[command(flatten)]
    pub persons: PersonsArgs,
    /// What names a person, as the list has it, such as responses/3; repeated. With --name, everybody with these words in the name, too
    #[arg(long, value_name = "SUBJECT")]
    pub subject: Vec<String>,
}

/// `ykien audit export`.
#[derive(Debug, Args)]
pub struct AuditExportArgs {
    /// The draft's id; the installation's own log when absent
    #[arg(long, value_name = "ID")]
    pub draft: Option<String>,
    /// The database.
    #[command(flatten)]
    pub database: DatabaseArgs,
}
